import { createHash } from 'node:crypto'
import { exits, PrivlinkError } from '../../errors.ts'
import { type Policy, policyFor } from './resource-policy.ts'

/** The content of a private API: the endpoints that may call it, and the backend of its calls. */
export interface ApiOutline {
  /** The API's name: PutRestApi takes it from the title. */
  name: string
  description: string
  endpointIds: string[]
  /** How the backend is spoken to; `host` becomes the Host header, `port` picks the load balancer's listener. */
  backend: { protocol: 'http' | 'https'; host: string; port: number }
  cors: boolean
  binaryMediaTypes: string[]
  /** The user's own OpenAPI 3 document; without it, everything is passed through as it comes. */
  document?: Record<string, unknown>
}

type Json = Record<string, unknown>

/** The parts that are compared with the API: by `METHOD /path`, the members of the integration that we write. */
export type Methods = Record<string, Json>

export interface ApiDefinition {
  document: Json
  policy: Policy
  methods: Methods
  /** The hash of policy and definition, by which a deployment is known again. */
  hash: string
}

/** The stage variable that names the VPC link, so that a link comes and goes without a new definition or deployment. */
export const linkVariable = 'vpcLinkId'

const anyMethod = 'x-amazon-apigateway-any-method'
const integration = 'x-amazon-apigateway-integration'
const operations = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', anyMethod]

/**
 * One OpenAPI 3 document that says everything about an API, so that one PutRestApi brings it about. In OpenAPI 3 the
 * endpoint configuration stands inside `servers` ("x-amazon-apigateway-endpoint-configuration", API Gateway guide).
 *
 * @throws PrivlinkError DocumentUnusable (exit 2) when the user's document cannot be wired to the link.
 */
export function defineApi(outline: ApiOutline): ApiDefinition {
  const endpointIds = [...new Set(outline.endpointIds)].sort()
  const policy = policyFor(endpointIds)
  const given = outline.document ?? passThrough
  const methods: Methods = {}
  const paths = Object.fromEntries(
    Object.entries(pathsOf(given)).map(([path, item]) => [path, wire(path, item, outline, methods)]),
  )
  const document = {
    ...given,
    info: { version: '1', ...objectOf(given['info']), title: outline.name, description: outline.description },
    servers: [
      {
        // Never resolved: callers use the API's own names.
        url: 'https://api.invalid/',
        'x-amazon-apigateway-endpoint-configuration': { vpcEndpointIds: endpointIds },
      },
    ],
    'x-amazon-apigateway-policy': policy,
    'x-amazon-apigateway-binary-media-types': outline.binaryMediaTypes,
    paths,
  }
  const hash = createHash('sha256').update(JSON.stringify(document)).digest('hex').slice(0, 16)
  return { document, policy, methods, hash }
}

/** `/{proxy+}` does not match `/`, so there are two. */
const passThrough: Json = { openapi: '3.0.1', paths: { '/': { [anyMethod]: {} }, '/{proxy+}': { [anyMethod]: {} } } }

function pathsOf(document: Json): Record<string, Json> {
  if (!String(document['openapi']).startsWith('3.0.')) {
    throw unusable(`its openapi version is ${String(document['openapi'])}; API Gateway takes 3.0`)
  }
  if ('x-amazon-apigateway-policy' in document) throw unusable('it has a resource policy; privlink writes that itself')
  const paths = Object.entries(objectOf(document['paths']))
  if (paths.length === 0) throw unusable('it has no paths')
  return Object.fromEntries(paths.map(([path, item]) => [path, objectOf(item)]))
}

/**
 * A path whose methods lead through the link, unless the document says where they lead, and the answer to preflights.
 */
function wire(path: string, item: Json, outline: ApiOutline, methods: Methods): Json {
  const parameters = [...path.matchAll(/\{([^}+]+)\+?\}/g)].flatMap(([, name]) => name ?? [])
  const wired: Json = { ...item }
  for (const name of operations.filter((name) => name in item)) {
    const operation = objectOf(item[name])
    const method = name === anyMethod ? 'ANY' : name.toUpperCase()
    const own = operation[integration]
    const throughLink = own === undefined ? linked(path, method, parameters, outline) : undefined
    methods[`${method} ${path}`] = throughLink ?? {}
    wired[name] = {
      responses: {},
      ...operation,
      ...parametersOf(operation, item, parameters),
      [integration]: throughLink ?? own,
    }
  }
  if (outline.cors && !('options' in item)) {
    methods[`OPTIONS ${path}`] = preflight
    wired['options'] = { ...preflightMethod, ...parametersOf({}, item, parameters), [integration]: preflight }
  }
  return wired
}

/**
 * The path parameters of an operation: those that it or its path declares, and those that only the path's text names.
 */
function parametersOf(operation: Json, item: Json, names: readonly string[]): Json {
  const declared = [operation, item].flatMap((holder) => listOf(holder['parameters']).map(objectOf))
  const undeclared = names.filter((name) => !declared.some((one) => one['name'] === name && one['in'] === 'path'))
  const all = [
    ...listOf(operation['parameters']),
    ...undeclared.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
  ]
  return all.length === 0 ? {} : { parameters: all }
}

/**
 * The host in the URI is not used to find the way: it sets the Host header and, for https, the name that is checked.
 */
function linked(path: string, method: string, parameters: readonly string[], { backend }: ApiOutline): Json {
  const usual = backend.protocol === 'https' ? 443 : 80
  const host = backend.port === usual ? backend.host : `${backend.host}:${backend.port}`
  const mapped = parameters.map((name) => [`integration.request.path.${name}`, `method.request.path.${name}`])
  return {
    type: 'http_proxy',
    httpMethod: method,
    uri: `${backend.protocol}://${host}${path.replaceAll('+}', '}')}`,
    connectionType: 'VPC_LINK',
    connectionId: `\${stageVariables.${linkVariable}}`,
    ...(mapped.length > 0 && { requestParameters: Object.fromEntries(mapped) }),
    passthroughBehavior: 'when_no_match',
    // The longest that a private API waits without a raised quota.
    timeoutInMillis: 29_000,
  }
}

const corsHeaders = {
  'Access-Control-Allow-Headers': "'Content-Type,X-Amz-Date,Authorization,X-Api-Key,X-Amz-Security-Token'",
  'Access-Control-Allow-Methods': "'DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT'",
  'Access-Control-Allow-Origin': "'*'",
}

/**
 * The method that the console's "Enable CORS" makes; text, since a mock cannot answer in binary ("Enable CORS", API
 * Gateway guide).
 */
const preflight: Json = {
  type: 'mock',
  passthroughBehavior: 'when_no_match',
  contentHandling: 'CONVERT_TO_TEXT',
  requestTemplates: { 'application/json': '{"statusCode": 200}' },
  responses: {
    default: {
      statusCode: '200',
      contentHandling: 'CONVERT_TO_TEXT',
      responseParameters: Object.fromEntries(
        Object.entries(corsHeaders).map(([name, value]) => [`method.response.header.${name}`, value]),
      ),
    },
  },
}

const preflightMethod: Json = {
  responses: {
    200: {
      description: 'Preflight',
      headers: Object.fromEntries(Object.keys(corsHeaders).map((name) => [name, { schema: { type: 'string' } }])),
      content: {},
    },
  },
}

// JSON: what is not a list or an object is read as an empty one.
const objectOf = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {})
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

const unusable = (why: string): PrivlinkError =>
  new PrivlinkError('DocumentUnusable', `the OpenAPI document cannot be used: ${why}`, {
    exit: exits.usage,
    hint: 'Correct the document that api.openapi names, or leave it out to pass every request through.',
  })
