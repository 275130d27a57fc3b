import type { ExportResponse, GetExportRequest } from '@aws-sdk/client-api-gateway'
import { stringify } from 'yaml'

import { operation } from '../operation.ts'
import { getApi, getDeployment, getStage } from './lookups.ts'
import { unlessEmpty } from './pages.ts'
import { readWord } from './patch.ts'
import { badRequest } from './refusals.ts'
import type { Deployment, Integration, Method, RestApi, Stage } from '../../state/apigateway.ts'
import { onPath } from './required-permissions.ts'

export const exportOperations = {
  /** Exports what the stage's deployment says, not what was edited since. Swagger 2 is not modelled. */
  GetExport: operation<GetExportRequest, ExportResponse>()(
    ['restApiId', 'stageName', 'exportType', 'parameters', 'accepts'],
    onPath,
    ({ restApiId, stageName, exportType, parameters = {}, accepts }, call) => {
      const api = getApi(call, restApiId)
      const stage = getStage(api, stageName)
      if (exportType !== 'oas30') throw badRequest(`The sandbox does not model exports of type ${exportType}`)
      const extensions = readWord(parameters['extensions'] ?? 'none', ['none', 'integrations', 'apigateway'])
      const contentType = accepts || 'application/json'
      const document = writeDocument(api, stage, getDeployment(api, stage.deploymentId), extensions)
      const yaml = contentType.includes('yaml')
      return {
        contentType,
        contentDisposition: `attachment; filename="oas30_${new Date(call.now).toISOString()}.${yaml ? 'yaml' : 'json'}"`,
        body: Buffer.from(yaml ? stringify(document) : JSON.stringify(document, null, 2)),
      }
    },
  ),
}

type Extensions = 'none' | 'integrations' | 'apigateway'

function writeDocument(api: RestApi, stage: Stage, deployment: Deployment, extensions: Extensions): object {
  const whole = extensions === 'apigateway'
  const associations = { vpcEndpointIds: deployment.vpcEndpointIds }
  return {
    openapi: '3.0.1',
    info: {
      title: api.name,
      description: api.description,
      version: api.version ?? new Date(deployment.createdAt).toISOString(),
    },
    servers: [
      {
        url: `https://${api.restApiId}.execute-api.${api.region}.amazonaws.com/{basePath}`,
        variables: { basePath: { default: stage.stageName } },
        ...(whole &&
          deployment.vpcEndpointIds.length > 0 && { 'x-amazon-apigateway-endpoint-configuration': associations }),
      },
    ],
    paths: Object.fromEntries(
      Object.values(deployment.resources)
        .filter((resource) => Object.keys(resource.methods).length > 0)
        .map((resource) => [
          resource.path,
          Object.fromEntries(
            Object.values(resource.methods).map((method) => [
              method.httpMethod === 'ANY' ? 'x-amazon-apigateway-any-method' : method.httpMethod.toLowerCase(),
              writeMethod(api, method, extensions !== 'none'),
            ]),
          ),
        ]),
    ),
    components: { securitySchemes: whole ? schemesOf(api, deployment) : undefined },
    ...(whole && deployment.policy !== undefined && { 'x-amazon-apigateway-policy': JSON.parse(deployment.policy) }),
    ...(whole &&
      deployment.binaryMediaTypes.length > 0 && {
        'x-amazon-apigateway-binary-media-types': deployment.binaryMediaTypes,
      }),
  }
}

const places: Record<string, string> = { path: 'path', querystring: 'query', header: 'header' }

const nameOf = (api: RestApi, authorizerId: string): string => api.authorizers?.[authorizerId]?.name ?? authorizerId

/** The authorizers that the deployment's methods use, as they are now. */
function schemesOf(api: RestApi, deployment: Deployment): object | undefined {
  const methods = Object.values(deployment.resources).flatMap((resource) => Object.values(resource.methods))
  const used = [...new Set(methods.flatMap(({ authorizerId }) => api.authorizers?.[authorizerId ?? ''] ?? []))]
  return unlessEmpty(
    Object.fromEntries(
      used.map(({ authType, name, type, ...authorizer }) => [
        name,
        {
          type: 'apiKey',
          name: 'Authorization',
          in: 'header',
          'x-amazon-apigateway-authtype': authType ?? 'custom',
          'x-amazon-apigateway-authorizer': { ...authorizer, authorizerId: undefined, type: type.toLowerCase() },
        },
      ]),
    ),
  )
}

function writeMethod(api: RestApi, method: Method, integrations: boolean): object {
  const parameters = Object.entries(method.requestParameters).map(([key, required]) => {
    const [, , place = '', ...name] = key.split('.')
    return { name: name.join('.'), in: places[place], required, schema: { type: 'string' } }
  })
  return {
    operationId: method.operationName,
    parameters: parameters.length > 0 ? parameters : undefined,
    responses: unlessEmpty(
      Object.fromEntries(
        Object.values(method.responses).map((response) => [
          response.statusCode,
          {
            description: `${response.statusCode} response`,
            headers: unlessEmpty(
              Object.fromEntries(
                Object.keys(response.responseParameters).map((name) => [
                  name.replace('method.response.header.', ''),
                  { schema: { type: 'string' } },
                ]),
              ),
            ),
            content: {},
          },
        ]),
      ),
    ),
    ...(method.authorizationType === 'AWS_IAM' && { 'x-amazon-apigateway-auth': { type: method.authorizationType } }),
    ...(method.authorizerId !== undefined && { security: [{ [nameOf(api, method.authorizerId)]: [] }] }),
    ...(integrations &&
      method.integration && { 'x-amazon-apigateway-integration': writeIntegration(method.integration) }),
  }
}

/** The extension as AWS writes it: words in lower case, responses by pattern. */
function writeIntegration({ responses, requestParameters, requestTemplates, ...integration }: Integration): object {
  const { cacheNamespace: _, cacheKeyParameters: __, timeoutInMillis, ...same } = integration
  return {
    ...same,
    type: integration.type.toLowerCase(),
    passthroughBehavior: integration.passthroughBehavior.toLowerCase(),
    ...(timeoutInMillis !== 29_000 && { timeoutInMillis }),
    requestParameters: unlessEmpty(requestParameters),
    requestTemplates: unlessEmpty(requestTemplates),
    responses: unlessEmpty(
      Object.fromEntries(
        Object.values(responses).map((response) => [
          response.selectionPattern || 'default',
          {
            statusCode: response.statusCode,
            responseParameters: unlessEmpty(response.responseParameters),
            responseTemplates: unlessEmpty(response.responseTemplates),
            contentHandling: response.contentHandling,
          },
        ]),
      ),
    ),
  }
}
