import { z } from 'zod'
import type { Tags } from '../../state/resource.ts'
import type { Asked, Call } from '../operation.ts'
import type { Demand } from '../../reads/authorization.ts'

const inputSchema = z.object({
  tags: z.record(z.string(), z.string()).default({}),
  resourceArn: z.string().optional(),
  policy: z.string().optional(),
  patchOperations: z.array(z.object({ path: z.string().optional() })).default([]),
})

/**
 * The tags of what a path names. What has none of its own is told by its API's; a stage's own come first ("API Gateway
 * resources that can be tagged": tag inheritance).
 */
function tagsAt({ world, account, region }: Call, path: string): Tags {
  const [kind, id = '', part, name = ''] = path.split('/').slice(1)
  const { restApis, vpcLinks } = world.apigateway
  const thing = kind === 'restapis' ? restApis[id] : kind === 'vpclinks' ? vpcLinks[id] : undefined
  if (thing === undefined || thing.account !== account || thing.region !== region) return {}
  const stage = part === 'stages' ? restApis[id]?.stages[name] : undefined
  return { ...thing.tags, ...stage?.tags }
}

const tagsPath = (arn: string): string => `/tags/${encodeURIComponent(arn)}`

/**
 * All that a caller must be allowed for a request to API Gateway: the verb on the path, PUT on /tags/ for tags, and
 * UpdateRestApiPolicy for resource policies (Service Authorization Reference, "Amazon API Gateway Management"). That a
 * create call asks for PUT on `/tags/<encoded ARN of the collection>%2F*` is from mattclay/aws-terminator#284, that
 * TagResource asks for PATCH on the resource too from iann0036/iam-dataset#39.
 */
export function apigatewayDemands({ operation, input: given, method, path }: Asked, call: Call): Demand[] {
  const { tags, resourceArn, policy, patchOperations } = inputSchema.parse(given)
  const arnAt = (where: string): string => `arn:aws:apigateway:${call.region}::${where}`
  const requestTags = Object.keys(tags).length > 0 ? tags : undefined
  const verb: Demand = {
    action: `apigateway:${method}`,
    resource: arnAt(path),
    tags: tagsAt(call, path),
    requestTags,
  }
  const demands = [verb]
  if (resourceArn !== undefined && operation !== 'GetTags') {
    const tagged = resourceArn.replace(/^arn:aws:apigateway:[\w-]*::/, '')
    demands.push({ action: 'apigateway:PATCH', resource: arnAt(tagged), tags: tagsAt(call, tagged), requestTags })
  } else if (requestTags !== undefined) {
    const resource = arnAt(tagsPath(`${arnAt(path)}/*`))
    demands.push({ action: 'apigateway:PUT', resource, requestTags })
  }
  const setsPolicy =
    ['PutRestApi', 'ImportRestApi'].includes(operation) ||
    (operation === 'CreateRestApi' && policy !== undefined) ||
    (operation === 'UpdateRestApi' && patchOperations.some((patch) => patch.path?.startsWith('/policy') === true))
  if (setsPolicy) demands.push({ ...verb, action: 'apigateway:UpdateRestApiPolicy' })
  return [...demands, ...(operation === 'DeleteVpcLink' ? removing(call, path) : [])]
}

const inCallersName = { 'aws:ViaAWSService': 'true' }

const serviceArn = ({ account, region }: Call, id = '*'): string =>
  `arn:aws:ec2:${region}:${account}:vpc-endpoint-service/${id}`

/**
 * What API Gateway does with the permissions of whoever makes a VPC link ("Grant permissions to create a VPC link", API
 * Gateway guide). Which of the listed actions belong to the making and which to the removal is assumed.
 */
export const linking = (call: Call): Demand[] => [
  { action: 'elasticloadbalancing:DescribeLoadBalancers', resource: '*', context: inCallersName },
  { action: 'ec2:CreateVpcEndpointServiceConfiguration', resource: serviceArn(call), context: inCallersName },
  { action: 'ec2:DescribeVpcEndpointServiceConfigurations', resource: '*', context: inCallersName },
  { action: 'ec2:ModifyVpcEndpointServicePermissions', resource: serviceArn(call), context: inCallersName },
]

function removing(call: Call, path: string): Demand[] {
  const serviceId = call.world.apigateway.vpcLinks[path.split('/')[2] ?? '']?.serviceId
  if (serviceId === undefined) return []
  return [
    { action: 'ec2:DescribeVpcEndpointServiceConfigurations', resource: '*', context: inCallersName },
    {
      action: 'ec2:DeleteVpcEndpointServiceConfigurations',
      resource: serviceArn(call, serviceId),
      context: inCallersName,
    },
  ]
}
