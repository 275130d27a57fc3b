import type { IntegrationType } from '@aws-sdk/client-api-gateway'
import { checkIntegrationResponse } from './integration-responses.ts'
import { newIntegration } from './integrations.ts'
import { newMethod } from './methods.ts'
import {
  type ApiDocument,
  type IntegrationDocument,
  type MethodDocument,
  type ParameterDocument,
  readMethod,
  type SchemeDocument,
  readParameters,
} from './openapi-document.ts'
import { readWord } from './patch.ts'
import { badRequest } from './refusals.ts'
import type { Integration, Method } from '../../state/apigateway.ts'
import { AwsError } from '../../state/aws-error.ts'

/** The methods of a definition, by path and verb, and what AWS would warn of. */
export interface ImportedPaths {
  paths: Record<string, Record<string, Method>>
  warnings: string[]
}

const anyMethod = 'x-amazon-apigateway-any-method'
const verbs = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', anyMethod]
const contentHandlings = ['CONVERT_TO_BINARY', 'CONVERT_TO_TEXT'] as const

/** Places the paths of a definition by `basepath`; `split` is not modelled. */
export type BasePath = 'ignore' | 'prepend'

/**
 * Translates a definition's paths into methods with integrations. An authorizer is named by its security scheme: ids
 * are given by the function that adds both to an API.
 *
 * @throws AwsError BadRequestException, naming path and method as AWS does
 */
export function importPaths(document: ApiDocument, basePath: BasePath): ImportedPaths {
  const warnings: string[] = []
  const paths: ImportedPaths['paths'] = {}
  const prefix = basePath === 'prepend' ? basePathOf(document) : ''
  for (const [path, item] of Object.entries(document.paths)) {
    const methods: Record<string, Method> = {}
    const shared = readParameters(item['parameters'], `paths.'${path}'`)
    for (const [verb, value] of Object.entries(item)) {
      if (!verbs.includes(verb)) continue
      const where = `paths.'${path}'(${verb})`
      const read = readMethod(value, where)
      const httpMethod = verb === anyMethod ? 'ANY' : verb.toUpperCase()
      const parameters = [...shared, ...(read.parameters ?? [])]
      if (verb !== anyMethod) warnings.push(...findIssues(path, where, read, parameters))
      methods[httpMethod] = importMethod(document, path, httpMethod, read, parameters)
    }
    paths[`${prefix}${path}`.replace(/(.)\/$/, '$1')] = methods
  }
  return { paths, warnings }
}

function basePathOf({ servers, basePath }: ApiDocument): string {
  const [server] = servers ?? []
  const url = server?.url.replaceAll(/\{(\w+)\}/g, (_, name: string) => server.variables?.[name]?.default ?? '') ?? ''
  const path = basePath ?? (URL.canParse(url) ? new URL(url).pathname : url)
  return path.replace(/\/$/, '')
}

/** Lists the parser's warnings. Extensions are not looked at. */
function findIssues(path: string, where: string, read: MethodDocument, parameters: ParameterDocument[]): string[] {
  const issues: string[] = []
  if (read.responses === undefined) issues.push(`Parse issue: attribute ${where}.responses is missing`)
  for (const [status, { description }] of Object.entries(read.responses ?? {})) {
    if (description === undefined) {
      issues.push(`Parse issue: attribute ${where}.responses.${status}.description is missing`)
    }
  }
  for (const [, name] of path.matchAll(/\{([^}+]+)\+?\}/g)) {
    if (!parameters.some((one) => one.in === 'path' && one.name === name)) {
      issues.push(
        `Parse issue: attribute paths.'${path}'.Declared path parameter ${name} needs to be defined as a path parameter in path or operation level`,
      )
    }
  }
  return issues
}

const places: Record<string, string> = { path: 'path', query: 'querystring', header: 'header' }

function importMethod(
  document: ApiDocument,
  path: string,
  httpMethod: string,
  read: MethodDocument,
  parameters: ParameterDocument[],
): Method {
  const { authorizationType, authorizerId, apiKeyRequired } = importSecurity(document, read)
  const method = newMethod(httpMethod, authorizationType, {
    authorizerId,
    apiKeyRequired,
    operationName: read.operationId,
    requestParameters: Object.fromEntries(
      parameters.flatMap(({ name, in: place, required }) =>
        places[place] === undefined ? [] : [[`method.request.${places[place]}.${name}`, required ?? false]],
      ),
    ),
  })
  for (const [statusCode, { headers, content }] of Object.entries(read.responses ?? {})) {
    if (!/^\d{3}$/.test(statusCode)) continue
    method.responses[statusCode] = {
      statusCode,
      responseParameters: Object.fromEntries(
        Object.keys(headers ?? {}).map((name) => [`method.response.header.${name}`, false]),
      ),
      responseModels: Object.fromEntries(
        Object.entries(content ?? {}).map(([type, { schema }]) => [type, schema?.$ref?.split('/').at(-1) ?? 'Empty']),
      ),
    }
  }
  const integration = read['x-amazon-apigateway-integration']
  if (integration) {
    prefixErrors(`Unable to put integration on '${httpMethod}' for resource at path '${path}'`, () =>
      importIntegration(method, integration),
    )
  }
  return method
}

/** The security schemes of a definition, by name. */
export const schemesOf = (document: ApiDocument): Record<string, SchemeDocument> => ({
  ...document.components?.securitySchemes,
  ...document.securityDefinitions,
})

/** IAM, API keys and authorizers, which go by their scheme's name; `security` at the root is ignored, as AWS does. */
function importSecurity(document: ApiDocument, read: MethodDocument) {
  const schemes = schemesOf(document)
  let authorizationType = read['x-amazon-apigateway-auth']?.type ?? 'NONE'
  let apiKeyRequired = false
  let authorizerId: string | undefined
  for (const name of (read.security ?? []).flatMap((requirement) => Object.keys(requirement))) {
    const scheme = schemes[name]
    if (scheme?.type !== 'apiKey') throw badRequest(`The sandbox does not model the security scheme ${name}`)
    const type = scheme['x-amazon-apigateway-authtype']
    const authorizer = scheme['x-amazon-apigateway-authorizer']
    if (authorizer !== undefined) {
      authorizationType = authorizer.type.toLowerCase() === 'cognito_user_pools' ? 'COGNITO_USER_POOLS' : 'CUSTOM'
      authorizerId = name
    } else if (type === undefined) apiKeyRequired = true
    else if (type.toLowerCase() === 'awssigv4') authorizationType = 'AWS_IAM'
    else throw badRequest(`The security scheme ${name} has no x-amazon-apigateway-authorizer`)
  }
  return { authorizationType, authorizerId, apiKeyRequired }
}

function importIntegration(method: Method, read: IntegrationDocument): void {
  const { responses = {}, type, httpMethod, connectionType, contentHandling, ...same } = read
  const types: IntegrationType[] = ['HTTP', 'HTTP_PROXY', 'MOCK', 'AWS', 'AWS_PROXY']
  const integration: Integration = newIntegration(
    method,
    {
      ...same,
      type: readWord(type, types),
      integrationHttpMethod: httpMethod,
      connectionType: connectionType === undefined ? undefined : readWord(connectionType, ['INTERNET', 'VPC_LINK']),
      contentHandling: contentHandling === undefined ? undefined : readWord(contentHandling, contentHandlings),
    },
    '',
  )
  for (const [pattern, one] of Object.entries(responses)) {
    const response = {
      statusCode: one.statusCode,
      selectionPattern: pattern === 'default' ? undefined : pattern,
      responseParameters: { ...one.responseParameters },
      responseTemplates: { ...one.responseTemplates },
      contentHandling: one.contentHandling === undefined ? undefined : readWord(one.contentHandling, contentHandlings),
    }
    checkIntegrationResponse(method, response)
    integration.responses[one.statusCode] = response
  }
  method.integration = integration
}

function prefixErrors(where: string, work: () => void): void {
  try {
    work()
  } catch (thrown) {
    if (!(thrown instanceof AwsError)) throw thrown
    throw badRequest(`Errors found during import:\n\t${where}: ${thrown.message}`)
  }
}
