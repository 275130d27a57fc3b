import type { Owned, Tags } from '../../world.ts'

export interface VpcLink extends Owned {
  vpcLinkId: string
  name: string
  description?: string
  targetArn: string
  /** When `PENDING` ends, in `AVAILABLE` or, with a `failure`, in `FAILED`. */
  readyAt: number
  failure?: string
  deletingSince?: number
  goneAt?: number
  /** The endpoint service that API Gateway made on the load balancer. */
  serviceId?: string
  tags: Tags
}

export interface IntegrationResponse {
  statusCode: string
  selectionPattern?: string
  responseParameters: Record<string, string>
  responseTemplates: Record<string, string | null>
  contentHandling?: string
}

export interface Integration {
  type: 'HTTP' | 'HTTP_PROXY' | 'MOCK' | 'AWS' | 'AWS_PROXY'
  httpMethod?: string
  uri?: string
  connectionType?: 'INTERNET' | 'VPC_LINK'
  /** Literal, or `${stageVariables.name}`. */
  connectionId?: string
  requestParameters: Record<string, string>
  requestTemplates: Record<string, string | null>
  passthroughBehavior: string
  contentHandling?: string
  timeoutInMillis: number
  tlsConfig?: { insecureSkipVerification?: boolean }
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
  operationName?: string
  requestParameters: Record<string, boolean>
  responses: Record<string, MethodResponse>
  integration?: Integration
}

export interface Resource {
  resourceId: string
  parentId?: string
  pathPart?: string
  path: string
  methods: Record<string, Method>
}

/** An immutable snapshot of what a stage serves. */
export interface Deployment {
  deploymentId: string
  description?: string
  createdAt: number
  resources: Record<string, Resource>
  policy?: string
  vpcEndpointIds: string[]
  binaryMediaTypes: string[]
}

export interface Stage {
  stageName: string
  deploymentId: string
  description?: string
  variables: Record<string, string>
  createdAt: number
  updatedAt: number
  tags: Tags
}

export interface RestApi extends Owned {
  restApiId: string
  name: string
  description?: string
  version?: string
  endpointType: 'PRIVATE' | 'REGIONAL' | 'EDGE'
  vpcEndpointIds: string[]
  /** Canonical JSON with full ARNs; reading it back escapes it as AWS does. */
  policy?: string
  binaryMediaTypes: string[]
  minimumCompressionSize?: number
  apiKeySource: 'HEADER' | 'AUTHORIZER'
  disableExecuteApiEndpoint: boolean
  rootResourceId: string
  resources: Record<string, Resource>
  deployments: Record<string, Deployment>
  stages: Record<string, Stage>
  tags: Tags
}

export interface ApiGatewayState {
  restApis: Record<string, RestApi>
  vpcLinks: Record<string, VpcLink>
}
