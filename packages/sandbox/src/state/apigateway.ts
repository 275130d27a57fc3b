import type { ContentHandlingStrategy, EndpointAccessMode, SecurityPolicy } from '@aws-sdk/client-api-gateway'

import type { ResourceBase, Tags } from './resource.ts'
import { resources, tagLines } from './table.ts'

export interface VpcLink extends ResourceBase {
  vpcLinkId: string
  name: string
  description?: string | undefined
  targetArn: string
  /** When `PENDING` ends, in `AVAILABLE` or, with a `failure`, in `FAILED`. */
  readyAt: number
  failure?: string | undefined
  deletingSince?: number
  goneAt?: number
  /** The endpoint service that API Gateway made on the load balancer. */
  serviceId?: string | undefined
  tags: Tags
}

export interface IntegrationResponse {
  statusCode: string
  selectionPattern?: string | undefined
  responseParameters: Record<string, string>
  responseTemplates: Record<string, string>
  contentHandling?: ContentHandlingStrategy | undefined
}

export interface Integration {
  type: 'HTTP' | 'HTTP_PROXY' | 'MOCK' | 'AWS' | 'AWS_PROXY'
  httpMethod?: string | undefined
  uri?: string | undefined
  connectionType?: 'INTERNET' | 'VPC_LINK' | undefined
  /** Literal, or `${stageVariables.name}`. */
  connectionId?: string | undefined
  requestParameters: Record<string, string>
  requestTemplates: Record<string, string>
  passthroughBehavior: string
  contentHandling?: ContentHandlingStrategy | undefined
  timeoutInMillis: number
  tlsConfig?: { insecureSkipVerification?: boolean | undefined } | undefined
  cacheNamespace: string
  cacheKeyParameters: string[]
  responses: Record<string, IntegrationResponse>
}

export interface MethodResponse {
  statusCode: string
  responseParameters: Record<string, boolean>
  responseModels: Record<string, string>
}

export interface Method {
  httpMethod: string
  authorizationType: string
  apiKeyRequired: boolean
  /** One of the API's authorizers, for CUSTOM and COGNITO_USER_POOLS. */
  authorizerId?: string | undefined
  operationName?: string | undefined
  requestParameters: Record<string, boolean>
  requestModels: Record<string, string>
  responses: Record<string, MethodResponse>
  integration?: Integration | undefined
}

export interface Resource {
  resourceId: string
  parentId?: string | undefined
  pathPart?: string | undefined
  path: string
  methods: Record<string, Method>
}

/** Checks a call's token before the method is called: a function, or user pools, which are not modelled. */
export interface Authorizer {
  authorizerId: string
  name: string
  type: 'TOKEN' | 'REQUEST' | 'COGNITO_USER_POOLS'
  providerARNs?: string[] | undefined
  authType?: string | undefined
  authorizerUri?: string | undefined
  authorizerCredentials?: string | undefined
  identitySource?: string | undefined
  identityValidationExpression?: string | undefined
  authorizerResultTtlInSeconds?: number | undefined
}

/** An immutable snapshot of what a stage serves. */
export interface Deployment {
  deploymentId: string
  description?: string | undefined
  createdAt: number
  resources: Record<string, Resource>
  /** JSON with full ARNs; a private API cannot be deployed without one. */
  policy?: string | undefined
  vpcEndpointIds: string[]
  binaryMediaTypes: string[]
  /** The authorizers at that time, by id. */
  authorizers?: Record<string, Authorizer>
}

/** Logging and throttling of `METHOD /path` or of all: kept and read back, without effect on what a call gets. */
export interface MethodSetting {
  metricsEnabled?: boolean | undefined
  loggingLevel?: string | undefined
  dataTraceEnabled?: boolean | undefined
  throttlingBurstLimit?: number | undefined
  throttlingRateLimit?: number | undefined
}

export interface Stage {
  stageName: string
  deploymentId: string
  description?: string | undefined
  /** The deployment that the stage goes on serving until `liveAt`. */
  previousDeploymentId?: string | undefined
  /** When a call gets what `deploymentId` says. */
  liveAt: number
  variables: Record<string, string>
  methodSettings: Record<string, MethodSetting>
  accessLogSettings?: { destinationArn?: string | undefined; format?: string | undefined } | undefined
  tracingEnabled: boolean
  createdAt: number
  updatedAt: number
  tags: Tags
}

export interface RestApi extends ResourceBase {
  restApiId: string
  name: string
  description?: string | undefined
  version?: string | undefined
  endpointType: 'PRIVATE' | 'REGIONAL' | 'EDGE'
  vpcEndpointIds: string[]
  ipAddressType: 'ipv4' | 'dualstack'
  /** JSON with full ARNs; reading it back escapes it as AWS does. */
  policy?: string | undefined
  binaryMediaTypes: string[]
  minimumCompressionSize?: number | undefined
  apiKeySource: 'HEADER' | 'AUTHORIZER'
  disableExecuteApiEndpoint: boolean
  /** Both are kept and read back; the TLS front door may ask for them. */
  securityPolicy?: SecurityPolicy | undefined
  endpointAccessMode?: EndpointAccessMode | undefined
  rootResourceId: string
  resources: Record<string, Resource>
  /** Absent in worlds of before there were any. */
  authorizers?: Record<string, Authorizer>
  deployments: Record<string, Deployment>
  stages: Record<string, Stage>
  tags: Tags
}

const partsOfApi = ({ policy, vpcEndpointIds, resources, deployments, stages }: RestApi, id: string): string[] => [
  ...(policy === undefined ? [] : [`policy ${id} ${policy}`]),
  ...vpcEndpointIds.map((endpointId) => `association ${id} ${endpointId}`),
  ...Object.values(resources).flatMap(({ path, methods }) => [
    `resource ${id} ${path}`,
    ...Object.entries(methods).map(
      ([name, { integration }]) => `method ${id} ${name} ${path} ${integration?.uri ?? integration?.type ?? ''}`,
    ),
  ]),
  ...Object.keys(deployments).map((deploymentId) => `deployment ${id} ${deploymentId}`),
  ...Object.values(stages).flatMap(({ stageName, deploymentId, variables, tags }) => [
    `stage ${id} ${stageName} ${deploymentId}`,
    ...Object.entries(variables).map(([key, value]) => `variable ${id} ${stageName} ${key}=${value}`),
    ...tagLines(`${id}/${stageName}`, tags),
  ]),
]

export const apiGatewayTables = {
  restApis: resources<RestApi>('api', {
    parts: partsOfApi,
    marks: ({ deployments }) => Object.values(deployments).map((holder) => ({ holder, member: 'description' })),
  }),
  vpcLinks: resources<VpcLink>('vpc-link'),
  /** Settings of a whole account in one Region, by `account region`. */
  accounts: resources<{ cloudwatchRoleArn?: string | undefined }>('api-gateway-settings', {
    parts: ({ cloudwatchRoleArn }, id) => (cloudwatchRoleArn === undefined ? [] : [`logs ${id} ${cloudwatchRoleArn}`]),
  }),
}
