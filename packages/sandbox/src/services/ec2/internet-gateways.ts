import { invalidValue } from './refusals.ts'
import { toPairs } from '../tags.ts'
import type {
  AttachInternetGatewayRequest,
  CreateInternetGatewayRequest,
  CreateInternetGatewayResult,
  DeleteInternetGatewayRequest,
  DescribeInternetGatewaysRequest,
  DescribeInternetGatewaysResult,
  DetachInternetGatewayRequest,
  InternetGateway as ShownGateway,
} from '@aws-sdk/client-ec2'
import { newId } from '../../state/world.ts'
import { operation, all } from '../operation.ts'
import { list, type Facets } from './filters.ts'
import { kinds, getRow, getRows, rowsOf } from '../../reads/ec2-rows.ts'
import type { InternetGateway } from '../../state/ec2.ts'
import { takeTags } from './tags.ts'
import { AwsError } from '../../state/aws-error.ts'
import { onThe, makes } from './required-permissions.ts'

const show = (gateway: InternetGateway): ShownGateway => ({
  InternetGatewayId: gateway.internetGatewayId,
  OwnerId: gateway.account,
  // AWS says `available` here although the SDK's list of attachment states has no such member.
  Attachments: gateway.vpcId === undefined ? [] : [{ VpcId: gateway.vpcId, State: 'available' as 'attached' }],
  Tags: toPairs(gateway.tags),
})

const facets: Facets<InternetGateway> = {
  'internet-gateway-id': (gateway) => [gateway.internetGatewayId],
  'owner-id': (gateway) => [gateway.account],
  'attachment.vpc-id': (gateway) => [gateway.vpcId],
  'attachment.state': (gateway) => [gateway.vpcId && 'available'],
}

export const internetGatewayOperations = {
  CreateInternetGateway: operation<CreateInternetGatewayRequest, CreateInternetGatewayResult>()(
    ['TagSpecifications'],
    makes(kinds.internetGateway),
    ({ TagSpecifications }, { world, ...call }) => {
      const gateway: InternetGateway = {
        internetGatewayId: newId(world, 'igw-'),
        account: call.account,
        region: call.region,
        createdAt: call.now,
        tags: takeTags(TagSpecifications, kinds.internetGateway.type),
      }
      world.ec2.internetGateways[gateway.internetGatewayId] = gateway
      return { InternetGateway: show(gateway) }
    },
  ),

  AttachInternetGateway: operation<AttachInternetGatewayRequest, object>()(
    ['InternetGatewayId', 'VpcId'],
    all(onThe(kinds.internetGateway, 'InternetGatewayId'), onThe(kinds.vpc, 'VpcId')),
    ({ InternetGatewayId, VpcId }, { world, ...call }) => {
      const gateway = getRow(world, call, kinds.internetGateway, InternetGatewayId)
      const { vpcId } = getRow(world, call, kinds.vpc, VpcId)
      if (gateway.vpcId !== undefined) {
        const message = `resource ${gateway.internetGatewayId} is already attached to network ${gateway.vpcId}`
        throw new AwsError('Resource.AlreadyAssociated', message)
      }
      if (rowsOf(world, call, kinds.internetGateway).some((other) => other.vpcId === vpcId)) {
        const message = `Network ${vpcId} already has an internet gateway attached`
        throw invalidValue(message)
      }
      gateway.vpcId = vpcId
      return {}
    },
  ),

  DetachInternetGateway: operation<DetachInternetGatewayRequest, object>()(
    ['InternetGatewayId', 'VpcId'],
    all(onThe(kinds.internetGateway, 'InternetGatewayId'), onThe(kinds.vpc, 'VpcId')),
    ({ InternetGatewayId, VpcId }, { world, ...call }) => {
      const gateway = getRow(world, call, kinds.internetGateway, InternetGatewayId)
      if (gateway.vpcId === undefined || gateway.vpcId !== VpcId) {
        const message = `resource ${gateway.internetGatewayId} is not attached to network ${VpcId}`
        throw new AwsError('Gateway.NotAttached', message)
      }
      delete gateway.vpcId
      return {}
    },
  ),

  DeleteInternetGateway: operation<DeleteInternetGatewayRequest, object>()(
    ['InternetGatewayId'],
    onThe(kinds.internetGateway, 'InternetGatewayId'),
    ({ InternetGatewayId }, { world, ...call }) => {
      const gateway = getRow(world, call, kinds.internetGateway, InternetGatewayId)
      if (gateway.vpcId !== undefined) {
        const message = `The internetGateway '${gateway.internetGatewayId}' has dependencies and cannot be deleted.`
        throw new AwsError('DependencyViolation', message)
      }
      delete world.ec2.internetGateways[gateway.internetGatewayId]
      return {}
    },
  ),

  DescribeInternetGateways: operation<DescribeInternetGatewaysRequest, DescribeInternetGatewaysResult>()(
    ['InternetGatewayIds', 'Filters', 'MaxResults', 'NextToken'],
    '*',
    (request, { world, ...call }) => {
      const rows = getRows(world, call, kinds.internetGateway, request.InternetGatewayIds)
      const { items, NextToken } = list(rows, request, facets)
      return { InternetGateways: items.map(show), NextToken }
    },
  ),
}
