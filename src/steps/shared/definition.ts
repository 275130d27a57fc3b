import { GetResourcesCommand, type Integration, PutRestApiCommand, type RestApi } from '@aws-sdk/client-api-gateway'
import * as z from 'zod'
import type { Aws } from '../../aws/aws.ts'
import { type AwsStep, defineStep } from '../../aws/define-step.ts'
import { differs, type Drift, minutes, same, seconds } from '../../engine/step.ts'
import type { Methods } from './openapi.ts'
import { ownerWithin, unlessLagging } from './ownership.ts'
import { parsePolicy } from './resource-policy.ts'
import { owned } from '../../aws/permissions/conditions.ts'
import { permission } from '../../aws/permissions/permission.ts'
import { api } from '../../aws/permissions/resources.ts'
import { restApi, regionalApi } from '../rest-api.ts'

interface DefinitionInputs {
  apiId: string
  binaryMediaTypes: string[]
}

/** A whole OpenAPI document, and the parts of it that are compared with the API. */
export interface Definition {
  document: object
  methods: Methods
  /** The hash of the document, by which a deployment is known again. */
  hash: string
}

export interface DefinitionFacts {
  apiId: string
  hash: string
}

/** The parts in which the definitions of our APIs differ. */
interface DefinitionKind<I extends DefinitionInputs, D extends Definition> {
  id: string
  title: string
  /** In a plan, the values of some inputs may not be known yet. */
  isComplete(inputs: Partial<I>): inputs is I
  define(aws: Aws, inputs: I): D
  /** Whether every definition that we write has a resource policy. */
  hasPolicy: boolean
  /** Drift beyond media types, methods and integrations. */
  drift(aws: Aws, read: { api: RestApi; methods: Methods }, wanted: D, inputs: I): Promise<Drift[]>
}

/**
 * A step for the content of a REST API of ours, written by one PutRestApi. Overwriting drops what the document omits,
 * so the document holds everything ("PutRestApi", API Gateway reference). It goes with the API.
 */
export const definitionStep = <I extends DefinitionInputs, D extends Definition>(
  kind: DefinitionKind<I, D>,
): AwsStep<I, DefinitionFacts> => {
  const { id, title, isComplete, define, hasPolicy } = kind
  return defineStep<I>()({
    id,
    title,
    facts: z.object({ apiId: z.string(), hash: z.string() }),
    permissions: {
      read: [permission('LookAtApis', ['apigateway:GET'], api('/restapis', '/restapis/*'))],
      create: [
        permission('OwnApis', ['apigateway:PUT', 'apigateway:UpdateRestApiPolicy'], api('/restapis/*'), owned, () => [
          restApi,
          regionalApi,
        ]),
      ],
      update: [
        permission('OwnApis', ['apigateway:PUT', 'apigateway:UpdateRestApiPolicy'], api('/restapis/*'), owned, () => [
          restApi,
          regionalApi,
        ]),
      ],
    },
    patience: { upTo: minutes(5), every: seconds(5) },
    relation: true,

    async read({ aws, inputs, known, identity }) {
      const apiId = inputs.apiId ?? known?.apiId
      const [api] = apiId === undefined ? [] : await aws.reads.restApis({ id: apiId })
      if (apiId === undefined || api === undefined) return { state: 'absent' }
      const owner = ownerWithin(identity, api.tags)
      if (!isComplete(inputs)) {
        return known === undefined ? { state: 'absent' } : { state: 'ready', owner, facts: known }
      }
      const isUnwritten = !hasPolicy || parsePolicy(api.policy) === undefined
      // An API of ours without its policy has not been written yet: its methods need not be read.
      if (hasPolicy && isUnwritten && owner === 'ours' && known === undefined) return { state: 'absent' }
      const methods = await unlessLagging(methodsOf(aws, apiId), 'REST API')
      if (isUnwritten && Object.keys(methods).length === 0) return { state: 'absent' }
      const wanted = define(aws, inputs)
      const drift = [
        ...(await kind.drift(aws, { api, methods }, wanted, inputs)),
        ...differs('binaryMediaTypes', api.binaryMediaTypes ?? [], inputs.binaryMediaTypes),
        ...differs('methods', Object.keys(methods), Object.keys(wanted.methods)),
        ...Object.entries(wanted.methods).flatMap(([name, want]) =>
          methods[name] === undefined ? [] : integrationDrift(name, methods[name], want),
        ),
      ]
      return { state: 'ready', owner, facts: { apiId, hash: wanted.hash }, drift }
    },

    create: ({ aws, inputs }) => write(aws, inputs.apiId, define(aws, inputs)),

    async update({ aws, inputs }) {
      await write(aws, inputs.apiId, define(aws, inputs))
    },
  })
}

/** Makes an API what a document says, and nothing else. */
async function write(aws: Aws, apiId: string, { document, hash }: Definition): Promise<DefinitionFacts> {
  await aws.apigateway(
    new PutRestApiCommand({
      restApiId: apiId,
      mode: 'overwrite',
      // A warning is no reason to stop: the next read compares the API with the document.
      failOnWarnings: false,
      body: new TextEncoder().encode(JSON.stringify(document)),
    }),
  )
  return { apiId, hash }
}

/** Only the members that we wrote are compared: AWS fills in the rest. */
function integrationDrift(name: string, was: Methods[string], want: Methods[string]): Drift[] {
  const compared = ['type', 'httpMethod', 'uri', 'connectionType', 'connectionId', 'requestParameters']
  return compared
    .filter((member) => want[member] !== undefined && !same(cased(member, was[member]), cased(member, want[member])))
    .map((member) => ({ field: `${name} ${member}`, was: was[member], want: want[member], fix: 'update' as const }))
}

/** Documents write `http_proxy` where the API answers `HTTP_PROXY`. */
const cased = (member: string, value: unknown): unknown => (member === 'type' ? String(value).toUpperCase() : value)

/** The integrations of all methods and how each is guarded, by `METHOD /path`. */
async function methodsOf(aws: Aws, restApiId: string): Promise<Methods> {
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
