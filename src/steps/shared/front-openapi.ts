import { createHash } from 'node:crypto'
import { linkVariable, type Methods } from './openapi.ts'

/** The callers that the front door lets in. */
export type Authorization =
  | { type: 'none' }
  | { type: 'iam' }
  | { type: 'cognito'; userPoolArns: string[] }
  | { type: 'lambda'; kind: 'token' | 'request'; functionArn: string; roleArn?: string; cacheSeconds: number }

/** The content of a front door: the private API that each prefix leads to, and who may call. */
export interface FrontOutline {
  name: string
  description: string
  /** `host` is the private API's own name: it becomes the Host header and the name that TLS checks. */
  routes: { prefix: string; host: string; stage: string }[]
  authorization: Authorization
  binaryMediaTypes: string[]
}

type Json = Record<string, unknown>

/** The security scheme's name, and so the authorizer's. */
export const guard = 'front-door'

/** The members of GetAuthorizers that we write. */
interface WantedAuthorizer {
  type: 'TOKEN' | 'REQUEST' | 'COGNITO_USER_POOLS'
  providerARNs?: string[]
  authorizerUri?: string
  authorizerCredentials?: string
  authorizerResultTtlInSeconds?: number
}

export interface FrontDefinition {
  document: Json
  methods: Methods
  authorizer: WantedAuthorizer | undefined
  /** The hash of the document, by which a deployment is known again. */
  hash: string
}

/** One OpenAPI 3 document that says everything about a front door, for one PutRestApi. */
export function defineFront(outline: FrontOutline, place: { region: string; partition: string }): FrontDefinition {
  const authorizer = authorizerOf(outline.authorization, place)
  const scheme = schemeOf(outline.authorization, authorizer)
  const methods: Methods = {}
  const paths: Record<string, Json> = {}
  for (const { prefix, host, stage } of outline.routes) {
    const origin = `https://${host}/${stage}/`
    for (const [path, integration] of [
      [`/${prefix}`, linked(origin)],
      // A greedy path does not match what comes before it, so there are two.
      [`/${prefix}/{proxy+}`, { ...linked(`${origin}{proxy}`), requestParameters: mapped }],
    ] as const) {
      methods[`ANY ${path}`] = { ...integration, authorizationType: types[outline.authorization.type] }
      paths[path] = {
        'x-amazon-apigateway-any-method': {
          ...(path.endsWith('}') && { parameters: [proxy] }),
          responses: {},
          ...(scheme && { security: [{ [guard]: [] }] }),
          'x-amazon-apigateway-integration': integration,
        },
      }
    }
  }
  const document = {
    openapi: '3.0.1',
    info: { version: '1', title: outline.name, description: outline.description },
    ...(scheme && { components: { securitySchemes: { [guard]: scheme } } }),
    'x-amazon-apigateway-binary-media-types': outline.binaryMediaTypes,
    paths,
  }
  const hash = createHash('sha256').update(JSON.stringify(document)).digest('hex').slice(0, 16)
  return { document, methods, authorizer, hash }
}

/** As API Gateway names them (Method.authorizationType). */
const types = { none: 'NONE', iam: 'AWS_IAM', cognito: 'COGNITO_USER_POOLS', lambda: 'CUSTOM' } as const

const proxy = { name: 'proxy', in: 'path', required: true, schema: { type: 'string' } }
const mapped = { 'integration.request.path.proxy': 'method.request.path.proxy' }

/** The way is the link's; the host in the URI is the Host header and the name for TLS. */
const linked = (uri: string): Json => ({
  type: 'http_proxy',
  httpMethod: 'ANY',
  uri,
  connectionType: 'VPC_LINK',
  connectionId: `\${stageVariables.${linkVariable}}`,
  passthroughBehavior: 'when_no_match',
  timeoutInMillis: 29_000,
})

/** "x-amazon-apigateway-authorizer" and "x-amazon-apigateway-authtype", API Gateway guide. */
function schemeOf({ type }: Authorization, authorizer: WantedAuthorizer | undefined): Json | undefined {
  if (type === 'none') return undefined
  const common = { type: 'apiKey', name: 'Authorization', in: 'header' }
  if (authorizer === undefined) return { ...common, 'x-amazon-apigateway-authtype': 'awsSigv4' }
  return {
    ...common,
    'x-amazon-apigateway-authtype': type === 'cognito' ? 'cognito_user_pools' : 'custom',
    'x-amazon-apigateway-authorizer': {
      ...authorizer,
      type: authorizer.type.toLowerCase(),
      ...(authorizer.type === 'REQUEST' && { identitySource: 'method.request.header.Authorization' }),
    },
  }
}

function authorizerOf(
  authorization: Authorization,
  { region, partition }: { region: string; partition: string },
): WantedAuthorizer | undefined {
  if (authorization.type === 'cognito') return { type: 'COGNITO_USER_POOLS', providerARNs: authorization.userPoolArns }
  if (authorization.type !== 'lambda') return undefined
  const { functionArn, roleArn, kind, cacheSeconds } = authorization
  return {
    type: kind === 'token' ? 'TOKEN' : 'REQUEST',
    authorizerUri: `arn:${partition}:apigateway:${region}:lambda:path/2015-03-31/functions/${functionArn}/invocations`,
    ...(roleArn !== undefined && { authorizerCredentials: roleArn }),
    authorizerResultTtlInSeconds: cacheSeconds,
  }
}
