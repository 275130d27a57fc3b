import { z } from 'zod'
import type { Asked, Call } from '../operation.ts'
import { kinds, peek, type Kind, type Row } from '../../reads/ec2-rows.ts'
import type { Demand } from '../../reads/authorization.ts'

const texts = z.array(z.string())
const tagSchema = z.object({ Key: z.string().optional(), Value: z.string().optional() })
const specificationSchema = z.object({ ResourceType: z.string().optional(), Tags: z.array(tagSchema).optional() })

/** What requests name things by: whatever else they hold does not matter here. */
const inputSchema = z.object({
  VpcId: z.string().optional(),
  GroupId: z.string().optional(),
  ServiceId: z.string().optional(),
  ServiceIds: texts.default([]),
  ServiceName: z.string().default(''),
  VpcEndpointId: z.string().optional(),
  VpcEndpointIds: texts.default([]),
  SubnetIds: texts.default([]),
  SecurityGroupIds: texts.default([]),
  AddSubnetIds: texts.default([]),
  RemoveSubnetIds: texts.default([]),
  AddSecurityGroupIds: texts.default([]),
  RemoveSecurityGroupIds: texts.default([]),
  RouteTableIds: texts.default([]),
  AddRouteTableIds: texts.default([]),
  RemoveRouteTableIds: texts.default([]),
  VpcEndpointType: z.string().default('Gateway'),
  PrivateDnsEnabled: z.boolean().optional(),
  Resources: texts.default([]),
  Tags: z.array(tagSchema).default([]),
  TagSpecifications: z.array(specificationSchema).default([]),
})

type Input = z.output<typeof inputSchema>
type Tag = z.output<typeof tagSchema>

const tagsIn = (tags: readonly Tag[] = []) => Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value]))

const arnOf = ({ account, region }: Call, type: string, id: string): string =>
  `arn:aws:ec2:${region}:${account}:${type}/${id}`

/** The resources of a request, by the kinds of EC2. */
function resourcesOf(call: Call) {
  const existing = <T extends Row>(kind: Kind<T>, id: string | undefined): Omit<Demand, 'action'> => ({
    resource: arnOf(call, kind.type, id ?? '*'),
    tags: id === undefined ? {} : peek(call.world, call, kind, id)?.tags,
  })
  return {
    existing,
    all: <T extends Row>(kind: Kind<T>, ids: readonly string[]) => ids.map((id) => existing(kind, id)),
    made: (kind: { type: string }, { TagSpecifications }: Input, context: Demand['context'] = {}) => ({
      resource: arnOf(call, kind.type, '*'),
      requestTags: tagsIn(TagSpecifications.find(({ ResourceType }) => ResourceType === kind.type)?.Tags),
      context,
    }),
  }
}

type Resources = ReturnType<typeof resourcesOf>

const { vpc, subnet, securityGroup, routeTable, endpoint, endpointService } = kinds

const ofGroup = (input: Input, { existing }: Resources) => [existing(securityGroup, input.GroupId)]
const ofService = (input: Input, { existing }: Resources) => [existing(endpointService, input.ServiceId)]

/**
 * The resources that an action is asked for on, each of which must be allowed (Service Authorization Reference, "Actions,
 * resources, and condition keys for Amazon EC2"). Of ModifyVpcEndpoint, that removed groups and subnets count too is
 * assumed. Operations that are not here are asked for on `*`.
 */
const resources: Record<string, (input: Input, of: Resources, call: Call) => Omit<Demand, 'action'>[]> = {
  CreateSecurityGroup: (input, { made, existing }) => [made(securityGroup, input), existing(vpc, input.VpcId)],
  DeleteSecurityGroup: ofGroup,
  AuthorizeSecurityGroupIngress: ofGroup,
  AuthorizeSecurityGroupEgress: ofGroup,
  RevokeSecurityGroupIngress: ofGroup,
  RevokeSecurityGroupEgress: ofGroup,
  DescribeVpcAttribute: (input, { existing }) => [existing(vpc, input.VpcId)],
  CreateVpcEndpoint: (input, { made, existing, all }, call) => [
    made(endpoint, input, {
      'ec2:VpceServiceName': input.ServiceName,
      'ec2:VpceServiceOwner': serviceOwner(call, input.ServiceName),
    }),
    existing(vpc, input.VpcId),
    ...all(subnet, input.SubnetIds),
    ...all(securityGroup, input.SecurityGroupIds),
    ...all(routeTable, input.RouteTableIds),
  ],
  ModifyVpcEndpoint: (input, { existing, all }) => [
    existing(endpoint, input.VpcEndpointId),
    ...all(subnet, [...input.AddSubnetIds, ...input.RemoveSubnetIds]),
    ...all(securityGroup, [...input.AddSecurityGroupIds, ...input.RemoveSecurityGroupIds]),
    ...all(routeTable, [...input.AddRouteTableIds, ...input.RemoveRouteTableIds]),
  ],
  DeleteVpcEndpoints: (input, { all }) => all(endpoint, input.VpcEndpointIds),
  CreateVpcEndpointServiceConfiguration: (input, { made }) => [made(endpointService, input)],
  ModifyVpcEndpointServiceConfiguration: ofService,
  StartVpcEndpointServicePrivateDnsVerification: ofService,
  DeleteVpcEndpointServiceConfigurations: (input, { all }) => all(endpointService, input.ServiceIds),
  ModifyVpcEndpointServicePermissions: ofService,
  DescribeVpcEndpointServicePermissions: ofService,
  AcceptVpcEndpointConnections: ofService,
  RejectVpcEndpointConnections: ofService,
  CreateTags: tagged,
  DeleteTags: tagged,
}

/** Longest prefix first, since an endpoint service's id also starts like an endpoint's. */
const byPrefix: Kind<Row>[] = Object.values(kinds).toSorted((a, b) => b.prefix.length - a.prefix.length)

function tagged({ Resources, Tags }: Input, { existing }: Resources): Omit<Demand, 'action'>[] {
  return Resources.map((id) => {
    const kind = byPrefix.find(({ prefix }) => id.startsWith(prefix))
    return { ...(kind === undefined ? { resource: '*' } : existing(kind, id)), requestTags: tagsIn(Tags) }
  })
}

/** `amazon` or the account that offers the service (`ec2:VpceServiceOwner`). */
function serviceOwner({ world }: Call, name: string): string {
  const found = Object.values(world.ec2.endpointServices).find(({ serviceName }) => serviceName === name)
  return found?.account ?? 'amazon'
}

/** All that a caller must be allowed for a request to EC2. */
export function ec2Demands({ operation, input: given }: Asked, call: Call): Demand[] {
  const input = inputSchema.parse(given)
  const action = `ec2:${operation}`
  const asked = resources[operation]?.(input, resourcesOf(call), call) ?? [{ resource: '*' }]
  // "Grant permission to tag Amazon EC2 resources during creation", EC2 user guide.
  const tags = input.TagSpecifications.map(({ ResourceType = '', Tags }) => ({
    action: 'ec2:CreateTags',
    resource: arnOf(call, ResourceType, '*'),
    requestTags: tagsIn(Tags),
    context: { 'ec2:CreateAction': operation },
  }))
  return [...asked.map((one) => ({ action, ...one })), ...tags, ...privateDns(operation, input)]
}

/** EC2 puts the VPC into a hosted zone with the caller's permission (PrivateLink guide, "Private DNS names": assumed). */
function privateDns(operation: string, { ServiceName, VpcEndpointType, PrivateDnsEnabled }: Input): Demand[] {
  const isDefault =
    operation === 'CreateVpcEndpoint' && VpcEndpointType === 'Interface' && !ServiceName.includes('.vpce.')
  if (!['CreateVpcEndpoint', 'ModifyVpcEndpoint'].includes(operation)) return []
  if ((PrivateDnsEnabled ?? isDefault) === false) return []
  return [{ action: 'route53:AssociateVPCWithHostedZone', resource: 'arn:aws:route53:::hostedzone/*' }]
}
