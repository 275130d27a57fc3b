import { storePolicy } from '../../services/apigateway/policy-text.ts'
import { addStage } from '../../services/apigateway/stages.ts'
import type { Deployment, Method, RestApi } from '../../state/apigateway.ts'
import type { Tags } from '../../state/resource.ts'
import { newId, type World } from '../../state/world.ts'
import type { CallContext } from '../../state/call-context.ts'

/** A REST API that another team has deployed to one stage; every request gets 200 and its name. */
export interface PrivateApiSpec {
  account: string
  region: string
  apiId: string
  name: string
  stage: string
  /** PRIVATE unless told otherwise. */
  endpointType?: RestApi['endpointType']
  /** JSON, with the shorthand `execute-api:/` for its own ARN. */
  policy?: string
  /** Associated endpoints. */
  endpointIds?: string[]
  /** NONE unless told otherwise. */
  authorization?: 'NONE' | 'AWS_IAM'
  tags?: Tags
}

/** Adds the API with one MOCK method for every path, and what is deployed. */
export function seedPrivateApi(world: World, { account, region, now }: CallContext, spec: PrivateApiSpec): void {
  const { apiId: restApiId, name, stage: stageName, policy, endpointType = 'PRIVATE', endpointIds = [] } = spec
  if (world.apigateway.restApis[restApiId]) throw new Error(`REST API ${restApiId} is there already`)
  const [root, greedy] = [newId(world, '', 10), newId(world, '', 10)]
  const type = spec.authorization ?? 'NONE'
  const resources: RestApi['resources'] = {
    [root]: { resourceId: root, path: '/', methods: { ANY: mock(name, type) } },
    [greedy]: {
      resourceId: greedy,
      parentId: root,
      pathPart: '{proxy+}',
      path: '/{proxy+}',
      methods: { ANY: mock(name, type) },
    },
  }
  const home = { account, region, restApiId }
  const stored = policy === undefined ? undefined : storePolicy(policy, home)
  const deployment: Deployment = {
    deploymentId: newId(world, '', 6),
    description: 'made by hand',
    createdAt: now,
    resources: structuredClone(resources),
    policy: stored,
    vpcEndpointIds: [...endpointIds],
    binaryMediaTypes: [],
  }
  const api: RestApi = {
    ...home,
    createdAt: now,
    name,
    endpointType,
    vpcEndpointIds: [...endpointIds],
    ipAddressType: endpointType === 'PRIVATE' ? 'dualstack' : 'ipv4',
    policy: stored,
    binaryMediaTypes: [],
    apiKeySource: 'HEADER',
    disableExecuteApiEndpoint: false,
    rootResourceId: root,
    resources,
    authorizers: {},
    deployments: { [deployment.deploymentId]: deployment },
    stages: {},
    tags: { ...spec.tags },
  }
  addStage(api, stageName, deployment.deploymentId, now)
  world.apigateway.restApis[restApiId] = api
}

const mock = (name: string, authorizationType: string): Method => ({
  httpMethod: 'ANY',
  authorizationType,
  apiKeyRequired: false,
  requestParameters: {},
  requestModels: {},
  responses: { 200: { statusCode: '200', responseParameters: {}, responseModels: {} } },
  integration: {
    type: 'MOCK',
    requestParameters: {},
    requestTemplates: { 'application/json': '{"statusCode": 200}' },
    passthroughBehavior: 'WHEN_NO_MATCH',
    timeoutInMillis: 29_000,
    cacheNamespace: '',
    cacheKeyParameters: [],
    responses: {
      200: {
        statusCode: '200',
        responseParameters: {},
        responseTemplates: { 'application/json': JSON.stringify({ name }) },
      },
    },
  },
})
