import {
  GetDeploymentCommand,
  GetExportCommand,
  GetResourcesCommand,
  GetStageCommand,
  type Method,
  type RestApi,
} from '@aws-sdk/client-api-gateway'
import type { Aws } from '../../aws/aws.ts'
import { unlessMissing } from '../../aws/failures.ts'
import { allPages } from '../../aws/batcher.ts'
import { same } from '../../engine/step.ts'
import { exits, PrivlinkError } from '../../errors.ts'
import { parsePolicy, type Policy, samePolicy } from './resource-policy.ts'

type Json = Record<string, unknown>

/** The parts of an API's definition that a deployment would bring to its callers, as far as they can be compared. */
export interface Definition {
  policy: Policy | undefined
  /** By `METHOD /path`. */
  methods: Json
  binaryMediaTypes: string[]
}

/** The stage of an API and the deployment that it serves. */
export interface ServedStage {
  deploymentId: string
  description: string
}

/** Reads the definition that the stage serves; undefined if there is no such stage. */
export async function servedStage(aws: Aws, restApiId: string, stageName: string): Promise<ServedStage | undefined> {
  const stage = await unlessMissing(aws.apigateway(new GetStageCommand({ restApiId, stageName })))
  if (stage === undefined) return undefined
  const { deploymentId = '' } = stage
  const served = await unlessMissing(aws.apigateway(new GetDeploymentCommand({ restApiId, deploymentId })))
  return served && { deploymentId, description: served.description ?? '' }
}

/**
 * The definition that the stage serves, by GetExport, which writes what is deployed and not what was edited since
 * ("Export a REST API from API Gateway"; that the policy is part of it is assumed); nothing if there is no such stage.
 */
export async function deployedDefinition(
  aws: Aws,
  restApiId: string,
  stageName: string,
): Promise<Definition | undefined> {
  const parameters = { extensions: 'apigateway' }
  const asked = { restApiId, stageName, exportType: 'oas30', parameters, accepts: 'application/json' }
  const exported = await unlessMissing(aws.apigateway(new GetExportCommand(asked)))
  if (exported === undefined) return undefined
  const document = objectOf(JSON.parse(new TextDecoder().decode(exported.body)))
  const policy = document['x-amazon-apigateway-policy']
  return {
    policy: policy === undefined ? undefined : parsePolicy(JSON.stringify(policy)),
    methods: Object.fromEntries(Object.entries(objectOf(document['paths'])).flatMap(exportedMethods)),
    binaryMediaTypes: listOf(document['x-amazon-apigateway-binary-media-types']).map(String),
  }
}

const anyMethod = 'x-amazon-apigateway-any-method'
const verbs = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', anyMethod]

function exportedMethods([path, item]: [string, unknown]): [string, unknown][] {
  return Object.entries(objectOf(item)).flatMap(([verb, value]) => {
    if (!verbs.includes(verb)) return []
    const method = objectOf(value)
    const guarded = method['x-amazon-apigateway-auth'] !== undefined || listOf(method['security']).length > 0
    const outline = outlineOf(objectOf(method['x-amazon-apigateway-integration']), guarded)
    return [[`${verb === anyMethod ? 'ANY' : verb.toUpperCase()} ${path}`, outline]]
  })
}

/** The definition as it is now, deployed or not. */
export async function currentDefinition(aws: Aws, api: RestApi): Promise<Definition> {
  const resources = await allPages(async (position) => {
    const asked = { restApiId: api.id, limit: 500, embed: ['methods'] }
    const page = await aws.apigateway(
      new GetResourcesCommand({ ...asked, ...(position !== undefined && { position }) }),
    )
    return { rows: page.items, next: page.position }
  })
  const methods = resources.flatMap(({ path, resourceMethods = {} }) =>
    Object.entries(resourceMethods).map(([name, method]) => [`${name} ${path}`, currentMethod(method)]),
  )
  return {
    policy: parsePolicy(api.policy),
    methods: Object.fromEntries(methods),
    binaryMediaTypes: api.binaryMediaTypes ?? [],
  }
}

const currentMethod = ({ authorizationType = 'NONE', apiKeyRequired = false, methodIntegration }: Method): Json =>
  outlineOf({ ...methodIntegration }, authorizationType !== 'NONE' || apiKeyRequired)

/** The members that both sides tell alike; an export leaves defaults and empty maps out. */
function outlineOf(integration: Json, guarded: boolean): Json {
  const type = String(integration['type']).toUpperCase()
  const { requestParameters, requestTemplates, ...rest } = integration
  const way = type === 'MOCK' ? [] : (['httpMethod', 'uri', 'connectionId'] as const).map((name) => [name, rest[name]])
  return {
    guarded,
    type,
    ...Object.fromEntries(way),
    throughLink: rest['connectionType'] === 'VPC_LINK',
    requestParameters: objectOf(requestParameters),
    requestTemplates: objectOf(requestTemplates),
  }
}

/** In what a definition differs from the one that is deployed; policies are seen through `policyOf` first. */
export function undeployed(
  { policy, ...now }: Definition,
  { policy: old, ...then }: Definition,
  home: { apiId: string; accountId: string; region: string },
  policyOf: (policy: Policy | undefined) => Policy | undefined,
): string[] {
  const names = [...new Set([...Object.keys(now.methods), ...Object.keys(then.methods)])]
  return [
    ...(samePolicy(policyOf(policy), policyOf(old), home) ? [] : ['resource policy']),
    ...names.filter((name) => !same(now.methods[name], then.methods[name])),
    ...(same(now.binaryMediaTypes, then.binaryMediaTypes) ? [] : ['binary media types']),
  ]
}

/** The error that a deployment would bring unfinished edits of the API's owner to its callers. */
export const undeployedEdits = (apiId: string, stageName: string, edits: readonly string[]): PrivlinkError =>
  new PrivlinkError(
    'UndeployedEdits',
    `API ${apiId} has edits that ${stageName} does not serve yet, and a deployment would make them live: ${edits.join(', ')}`,
    { exit: exits.usage, hint: 'Deploy or undo them, or set redeploy: allow for this route.' },
  )

// JSON: what is not a list or an object is read as an empty one.
const objectOf = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {})
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
