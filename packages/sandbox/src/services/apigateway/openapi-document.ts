import { parse } from 'yaml'
import * as z from 'zod'

import { badRequest } from './refusals.ts'

const text = z.string()
const texts = z.record(z.string(), z.string())
const upper = text.transform((value) => value.toUpperCase())

/** `x-amazon-apigateway-integration`; its words are taken in any case. */
const integration = z.strictObject({
  type: upper,
  httpMethod: upper.optional(),
  uri: text.optional(),
  connectionType: upper.optional(),
  connectionId: text.optional(),
  requestParameters: texts.optional(),
  requestTemplates: texts.optional(),
  passthroughBehavior: upper.optional(),
  contentHandling: upper.optional(),
  timeoutInMillis: z.number().optional(),
  cacheNamespace: text.optional(),
  cacheKeyParameters: z.array(text).optional(),
  tlsConfig: z.strictObject({ insecureSkipVerification: z.boolean() }).optional(),
  responses: z
    .record(
      z.string(),
      z.strictObject({
        statusCode: z.coerce.string(),
        responseParameters: texts.optional(),
        responseTemplates: texts.optional(),
        contentHandling: upper.optional(),
      }),
    )
    .optional(),
})

const parameter = z.looseObject({ name: text, in: text, required: z.boolean().optional() })

const media = z.looseObject({ schema: z.looseObject({ $ref: text.optional() }).optional() })

const response = z.looseObject({
  description: text.optional(),
  headers: z.record(z.string(), z.unknown()).optional(),
  content: z.record(z.string(), media).optional(),
})

const requirement = z.record(z.string(), z.array(text))

const method = z.looseObject({
  operationId: text.optional(),
  parameters: z.array(parameter).optional(),
  responses: z.record(z.string(), response).optional(),
  security: z.array(requirement).optional(),
  'x-amazon-apigateway-auth': z.looseObject({ type: upper }).optional(),
  'x-amazon-apigateway-integration': integration.optional(),
})

const endpoint = z.strictObject({
  vpcEndpointIds: z.array(text).optional(),
  disableExecuteApiEndpoint: z.boolean().optional(),
})

const server = z.looseObject({
  url: text,
  variables: z.record(z.string(), z.looseObject({ default: text.optional() })).optional(),
  'x-amazon-apigateway-endpoint-configuration': endpoint.optional(),
})

/** The extension that makes a security scheme an authorizer; without a `type` it stands for AWS_IAM. */
const authorizer = z.strictObject({
  type: text,
  providerARNs: z.array(text).optional(),
  authorizerUri: text.optional(),
  authorizerCredentials: text.optional(),
  identitySource: text.optional(),
  identityValidationExpression: text.optional(),
  authorizerResultTtlInSeconds: z.number().optional(),
})

const scheme = z.looseObject({
  type: text,
  'x-amazon-apigateway-authtype': text.optional(),
  'x-amazon-apigateway-authorizer': authorizer.optional(),
})

const document = z.looseObject({
  openapi: text.optional(),
  swagger: z.coerce.string().optional(),
  info: z.looseObject({ title: text, description: text.optional(), version: z.coerce.string().optional() }),
  basePath: text.optional(),
  servers: z.array(server).optional(),
  paths: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  components: z.looseObject({ securitySchemes: z.record(z.string(), scheme).optional() }).optional(),
  securityDefinitions: z.record(z.string(), scheme).optional(),
  'x-amazon-apigateway-api-key-source': upper.optional(),
  'x-amazon-apigateway-binary-media-types': z.array(text).optional(),
  'x-amazon-apigateway-endpoint-access-mode': text.optional(),
  'x-amazon-apigateway-endpoint-configuration': endpoint.optional(),
  'x-amazon-apigateway-minimum-compression-size': z.number().optional(),
  'x-amazon-apigateway-policy': z.record(z.string(), z.unknown()).optional(),
  'x-amazon-apigateway-security-policy': text.optional(),
})

export type ApiDocument = z.infer<typeof document>
export type SchemeDocument = z.infer<typeof scheme>
export type MethodDocument = z.infer<typeof method>
export type IntegrationDocument = z.infer<typeof integration>
export type ParameterDocument = z.infer<typeof parameter>

/** Bytes of a definition (API Gateway quotas). */
const largestDocument = 6 * 1024 * 1024

/**
 * Reads an OpenAPI 3.0 or Swagger 2.0 definition, JSON or YAML. `${AWS::AccountId}`, `${AWS::Region}` and
 * `${AWS::Partition}` are resolved, references within the document too. Extensions that are not modelled are refused.
 *
 * @throws AwsError BadRequestException
 */
export function readDocument(body: Uint8Array, home: { account: string; region: string }): ApiDocument {
  if (body.length > largestDocument) throw badRequest('The definition is larger than 6 MB')
  const filled = Buffer.from(body)
    .toString()
    .replaceAll('${AWS::AccountId}', home.account)
    .replaceAll('${AWS::Region}', home.region)
    .replaceAll('${AWS::Partition}', 'aws')
  let parsed: unknown
  try {
    parsed = parse(filled)
  } catch {
    throw badRequest('Invalid OpenAPI input.')
  }
  const read = check(document, resolve(parsed, parsed, 0), 'Invalid OpenAPI input')
  if (!read.openapi?.startsWith('3.0') && read.swagger !== '2.0') {
    throw badRequest('Invalid OpenAPI input: the version must be OpenAPI 3.0 or Swagger 2.0')
  }
  refuseOthers(read, Object.keys(document.shape), 'the document')
  return read
}

/** Reads one method of a path. */
export function readMethod(value: unknown, where: string): MethodDocument {
  const read = check(method, value, `Invalid OpenAPI input at ${where}`)
  refuseOthers(read, Object.keys(method.shape), where)
  return read
}

export const readParameters = (value: unknown, where: string): ParameterDocument[] =>
  check(z.array(parameter).default([]), value, `Invalid OpenAPI input at ${where}`)

function check<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const { success, data, error } = schema.safeParse(value)
  if (success) return data
  const [issue] = error.issues
  throw badRequest(`${what}: ${issue?.path.join('.')}: ${issue?.message}`)
}

function refuseOthers(read: object, known: string[], where: string): void {
  const other = Object.keys(read).find((key) => key.startsWith('x-amazon-apigateway-') && !known.includes(key))
  if (other !== undefined) throw badRequest(`The sandbox does not model ${other} in ${where}`)
}

/** Replaces `{ $ref: '#/...' }` by what it points at, except schemas, of which only the name is of use. */
function resolve(value: unknown, root: unknown, depth: number): unknown {
  if (depth > 100) throw badRequest('Invalid OpenAPI input: the references are circular or too deep')
  if (Array.isArray(value)) return value.map((one) => resolve(one, root, depth + 1))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
  const reference = entries.find(([key]) => key === '$ref')?.[1]
  if (typeof reference === 'string' && !/^#\/(components\/schemas|definitions)\//.test(reference)) {
    return resolve(lookUp(reference, root), root, depth + 1)
  }
  return Object.fromEntries(entries.map(([key, one]) => [key, resolve(one, root, depth + 1)]))
}

function lookUp(reference: string, root: unknown): unknown {
  const names = reference.replace(/^#\//, '').split('/')
  return names.reduce<unknown>((at, name) => {
    const key = name.replaceAll('~1', '/').replaceAll('~0', '~')
    const entry = typeof at === 'object' && at !== null ? Object.entries(at).find(([one]) => one === key) : undefined
    if (!reference.startsWith('#/') || !entry) throw badRequest(`Invalid OpenAPI input: ${reference} leads nowhere`)
    return entry[1]
  }, root)
}
