import { GetResourcesCommand, type Integration, PutRestApiCommand, type RestApi } from '@aws-sdk/client-api-gateway'
import { z } from 'zod'
import type { Aws } from '../aws/aws.ts'
import { defineStep } from '../aws/define-step.ts'
import { type Drift, differs, minutes, same, seconds } from '../engine/step.ts'
import { type ApiDefinition, type ApiOutline, defineApi, type Methods } from './shared/openapi.ts'
import { ownerWithin, unlessLagging } from './shared/ownership.ts'
import { parsePolicy, samePolicy } from './shared/resource-policy.ts'

type Inputs = ApiOutline & { apiId: string }

/**
 * What the API says: resource policy, endpoints, methods and where they lead, in one PutRestApi. Overwriting drops what
 * the document omits, so the document holds everything ("PutRestApi", API Gateway reference). It goes with the API.
 */
export const apiDefinition = defineStep<Inputs>()({
  id: 'api-definition',
  title: 'Resource policy, methods and integrations of the API',
  facts: z.object({ apiId: z.string(), hash: z.string() }),
  actions: {
    look: ['apigateway:GET'],
    make: ['apigateway:PUT', 'apigateway:UpdateRestApiPolicy'],
    mend: ['apigateway:PUT', 'apigateway:UpdateRestApiPolicy'],
  },
  patience: { upTo: minutes(5), every: seconds(5) },
  relation: true,

  async read({ aws, inputs, known, identity }) {
    const apiId = inputs.apiId ?? known?.apiId
    const [api] = apiId === undefined ? [] : await aws.look.restApis({ id: apiId })
    if (apiId === undefined || api === undefined) return { state: 'absent' }
    const owner = ownerWithin(identity, api.tags)
    if (!isComplete(inputs)) {
      return known === undefined ? { state: 'absent' } : { state: 'ready', owner, facts: known }
    }
    const definition = defineApi(inputs)
    const isUnwritten = parsePolicy(api.policy) === undefined
    // What we write has a policy. In an API of ours there is nothing else to look for.
    if (isUnwritten && owner === 'ours' && known === undefined) return { state: 'absent' }
    const methods = await unlessLagging(methodsOf(aws, apiId), 'REST API')
    if (isUnwritten && Object.keys(methods).length === 0) return { state: 'absent' }
    const drift = driftOf({ api, methods }, definition, inputs, aws)
    return { state: 'ready', owner, facts: { apiId, hash: definition.hash }, drift }
  },

  create: ({ aws, inputs }) => write(aws, inputs.apiId, defineApi(inputs)),

  async update({ aws, inputs }) {
    await write(aws, inputs.apiId, defineApi(inputs))
  },
})

/** Makes an API what a document says, and nothing else. */
export async function write(
  aws: Aws,
  apiId: string,
  { document, hash }: { document: object; hash: string },
): Promise<{ apiId: string; hash: string }> {
  await aws.apigateway(
    new PutRestApiCommand({
      restApiId: apiId,
      mode: 'overwrite',
      // A warning is no reason to stop: what the document brought about is read back and compared.
      failOnWarnings: false,
      body: new TextEncoder().encode(JSON.stringify(document)),
    }),
  )
  return { apiId, hash }
}

/** In a plan, the balancer or an endpoint may not exist yet. */
const isComplete = (inputs: Partial<Inputs>): inputs is Inputs =>
  (['apiId', 'name', 'description', 'endpointIds', 'backend', 'cors', 'binaryMediaTypes'] as const).every(
    (name) => inputs[name] !== undefined,
  )

function driftOf(
  { api, methods }: { api: RestApi; methods: Methods },
  { policy, methods: wanted }: ApiDefinition,
  inputs: Inputs,
  { accountId, region }: Aws,
): Drift[] {
  const policyNow = parsePolicy(api.policy)
  const isSame = samePolicy(policyNow, policy, { apiId: inputs.apiId, accountId, region })
  const endpoints = api.endpointConfiguration?.vpcEndpointIds ?? []
  return [
    ...(isSame ? [] : [{ field: 'policy', was: policyNow, want: policy, fix: 'update' as const }]),
    ...differs('vpcEndpointIds', endpoints, [...new Set(inputs.endpointIds)]),
    ...differs('binaryMediaTypes', api.binaryMediaTypes ?? [], inputs.binaryMediaTypes),
    ...differs('methods', Object.keys(methods), Object.keys(wanted)),
    ...Object.entries(wanted).flatMap(([name, want]) =>
      methods[name] === undefined ? [] : integrationDrift(name, methods[name], want),
    ),
  ]
}

/** Only what we wrote is compared: AWS fills in the rest. */
export function integrationDrift(name: string, was: Methods[string], want: Methods[string]): Drift[] {
  const compared = ['type', 'httpMethod', 'uri', 'connectionType', 'connectionId', 'requestParameters']
  return compared
    .filter((member) => want[member] !== undefined && !same(cased(member, was[member]), cased(member, want[member])))
    .map((member) => ({ field: `${name} ${member}`, was: was[member], want: want[member], fix: 'update' as const }))
}

/** Documents write `http_proxy` where the API answers `HTTP_PROXY`. */
const cased = (member: string, value: unknown): unknown => (member === 'type' ? String(value).toUpperCase() : value)

/** The integrations of all methods and how each is guarded, by `METHOD /path`. */
export async function methodsOf(aws: Aws, restApiId: string): Promise<Methods> {
  const methods: Methods = {}
  let position: string | undefined
  do {
    const page = await aws.apigateway(
      new GetResourcesCommand({ restApiId, limit: 500, embed: ['methods'], ...(position && { position }) }),
    )
    for (const { path, resourceMethods = {} } of page.items ?? []) {
      for (const [method, { methodIntegration, authorizationType, authorizerId }] of Object.entries(resourceMethods)) {
        methods[`${method} ${path}`] = { ...membersOf(methodIntegration), authorizationType, authorizerId }
      }
    }
    position = page.position
  } while (position !== undefined)
  return methods
}

const membersOf = (integration: Integration | undefined): Methods[string] => ({ ...integration })
