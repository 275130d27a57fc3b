import { isOwn } from '../../reads/own-resources.ts'
import type { PatchOperation } from '@aws-sdk/client-api-gateway'
import type { RequiredPermission } from '../../reads/authorization.ts'
import type { Tags } from '../../state/resource.ts'
import type { Call, PermissionsOf } from '../operation.ts'

/**
 * API Gateway's actions are verbs on paths, PUT on /tags/ for tags, and UpdateRestApiPolicy for resource policies
 * (Service Authorization Reference, "Amazon API Gateway Management").
 */

interface Tagging {
  tags?: Tags | undefined
}

/**
 * The tags of what a path names. What has none of its own is told by its API's; a stage's own come first ("API Gateway
 * resources that can be tagged": tag inheritance).
 */
function tagsAt(call: Call, path: string): Tags {
  const [kind, id = '', part, name = ''] = path.split('/').slice(1)
  const { restApis, vpcLinks } = call.world.apigateway
  const resource = kind === 'restapis' ? restApis[id] : kind === 'vpclinks' ? vpcLinks[id] : undefined
  if (!isOwn(call, resource)) return {}
  const stage = part === 'stages' ? restApis[id]?.stages[name] : undefined
  return { ...resource.tags, ...stage?.tags }
}

const arnAt = ({ region }: Call, path: string): string => `arn:aws:apigateway:${region}::${path}`

const given = ({ tags = {} }: Tagging): Tags | undefined => (Object.keys(tags).length > 0 ? tags : undefined)

/** The verb of the request on its path. */
export const onPath: PermissionsOf<object> = (_, call, { path }) => [
  { resource: arnAt(call, path), tags: tagsAt(call, path) },
]

/**
 * Requires the verb on the path, and for tags also PUT on `/tags/<encoded ARN of the collection>%2F*`, after
 * mattclay/aws-terminator#284.
 */
export const createsTagged: PermissionsOf<Tagging> = (input, call, requested) => {
  const requestTags = given(input)
  const required = onPath(input, call, requested).map((one) => ({ ...one, requestTags }))
  if (requestTags === undefined) return required
  const resource = arnAt(call, `/tags/${encodeURIComponent(`${arnAt(call, requested.path)}/*`)}`)
  return [...required, { action: 'apigateway:PUT', resource, requestTags }]
}

/** Tagging asks for PATCH on the tagged resource too (iann0036/iam-dataset#39). */
export const onTagged: PermissionsOf<Tagging & { resourceArn?: string | undefined }> = (input, call, requested) => {
  const requestTags = given(input)
  const path = (input.resourceArn ?? '').replace(/^arn:aws:apigateway:[\w-]*::/, '')
  return [
    ...onPath(input, call, requested).map((one) => ({ ...one, requestTags })),
    { action: 'apigateway:PATCH', resource: arnAt(call, path), tags: tagsAt(call, path), requestTags },
  ]
}

/** Setting a resource policy takes a permission of its own, on the path of the API. */
export const setsPolicy: PermissionsOf<object> = (input, call, requested) =>
  onPath(input, call, requested).map((one) => ({ ...one, action: 'apigateway:UpdateRestApiPolicy' }))

export const createsApi: PermissionsOf<Tagging & { policy?: string | undefined }> = (input, ...rest) => [
  ...createsTagged(input, ...rest),
  ...(input.policy === undefined
    ? []
    : setsPolicy(input, ...rest).map((one) => ({ ...one, requestTags: given(input) }))),
]

export const updatesApi: PermissionsOf<{ patchOperations?: readonly PatchOperation[] | undefined }> = (
  { patchOperations = [] },
  ...rest
) => [
  ...onPath({}, ...rest),
  ...(patchOperations.some(({ path }) => path?.startsWith('/policy') === true) ? setsPolicy({}, ...rest) : []),
]

const inCallersName = { 'aws:ViaAWSService': 'true' }

const serviceArn = ({ account, region }: Call, id = '*'): string =>
  `arn:aws:ec2:${region}:${account}:vpc-endpoint-service/${id}`

/**
 * API Gateway's actions with the permissions of the caller that makes a VPC link ("Grant permissions to create a VPC
 * link", API Gateway guide). Which of the listed actions belong to the making and which to the removal is assumed.
 */
export const linkPermissions = (call: Call): RequiredPermission[] => [
  { action: 'elasticloadbalancing:DescribeLoadBalancers', resource: '*', context: inCallersName },
  { action: 'ec2:CreateVpcEndpointServiceConfiguration', resource: serviceArn(call), context: inCallersName },
  { action: 'ec2:DescribeVpcEndpointServiceConfigurations', resource: '*', context: inCallersName },
  { action: 'ec2:ModifyVpcEndpointServicePermissions', resource: serviceArn(call), context: inCallersName },
]

export const deletesLink: PermissionsOf<{ vpcLinkId?: string | undefined }> = (input, call, requested) => {
  const serviceId = call.world.apigateway.vpcLinks[input.vpcLinkId ?? '']?.serviceId
  const required = onPath(input, call, requested)
  if (serviceId === undefined) return required
  return [
    ...required,
    { action: 'ec2:DescribeVpcEndpointServiceConfigurations', resource: '*', context: inCallersName },
    {
      action: 'ec2:DeleteVpcEndpointServiceConfigurations',
      resource: serviceArn(call, serviceId),
      context: inCallersName,
    },
  ]
}
