import {
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcEndpointConnectionsCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcEndpointServiceConfigurationsCommand,
  DescribeVpcsCommand,
  type Filter,
  type NetworkInterface,
  type Tag,
} from '@aws-sdk/client-ec2'
import { GetRestApisCommand, GetVpcLinksCommand } from '@aws-sdk/client-api-gateway'
import type { Identity } from '../engine/step.ts'
import type { Aws } from './aws.ts'
import { loadBalancerReads } from './load-balancer-reads.ts'
import { allPages, chunksOf, makeBatcher } from './batcher.ts'
import type { All, By, BatchedReads } from './batched-reads.ts'
import { tagKeys, tagMap } from './tags.ts'

/** The question of a read, of any kind: one name and its value, or an identity. */
type Ask = Record<string, string> | { identity: Identity }

/** The most values that EC2 takes in one filter ("Using_Filtering", EC2 user guide). */
const longestFilter = 200
/** EC2's largest page. */
const pageSize = 1000

interface Page<Row> {
  rows: Row[] | undefined
  next: string | undefined
}

interface PageInput {
  Filters: Filter[]
  MaxResults: number
  NextToken?: string
}

/** How things of one kind are told apart: EC2's filter for a property, and the property's values in a row. */
type Properties<Row> = Record<string, { filter: string; of: (row: Row) => readonly (string | undefined)[] }>

/**
 * Reads things of EC2 by filter: a filter that nothing fits is an empty answer, while one missing id in a list of ids
 * fails the whole call.
 */
function filtered<Row extends { Tags?: Tag[] | undefined }>(
  properties: Properties<Row>,
  read: (input: PageInput) => Promise<Page<Row>>,
): (ask: Ask) => Promise<Row[]> {
  const propertyOf = (name: string) => {
    const property = properties[name]
    if (!property) throw new Error(`no filter is known for ${name}`)
    return property
  }
  return makeBatcher<Ask, Row>({
    kindOf: (ask) => (isByMark(ask) ? `mark:${ask.identity.deployment}` : nameIn(ask)),
    matches: (ask, row) => {
      if (isByMark(ask)) return ask.identity.matches(tagMap(row.Tags))
      const name = nameIn(ask)
      return propertyOf(name).of(row).includes(ask[name])
    },
    fetch: async (asks) => {
      const [first] = asks
      if (!first) return []
      const values = [...new Set(asks.map((ask) => (isByMark(ask) ? ask.identity.node : (ask[nameIn(ask)] ?? ''))))]
      const [filter, others] = isByMark(first)
        ? [`tag:${tagKeys.node}`, [{ Name: `tag:${tagKeys.deployment}`, Values: [first.identity.deployment] }]]
        : [propertyOf(nameIn(first)).filter, []]
      const lists = await Promise.all(
        chunksOf(values, longestFilter).map((Values) =>
          allPages((next) =>
            read({
              Filters: [...others, { Name: filter, Values }],
              MaxResults: pageSize,
              ...(next !== undefined && { NextToken: next }),
            }),
          ),
        ),
      )
      return lists.flat()
    },
  })
}

const isByMark = (ask: Ask): ask is { identity: Identity } => typeof ask['identity'] === 'object'

const nameIn = (ask: Record<string, string>): string => Object.keys(ask)[0] ?? ''

/** The batched reads of one account in one Region. */
export function makeBatchedReads({ ec2, elbv2, apigateway }: Pick<Aws, 'ec2' | 'elbv2' | 'apigateway'>): BatchedReads {
  return {
    vpcs: filtered({ id: { filter: 'vpc-id', of: (row) => [row.VpcId] } }, async (input) => {
      const { Vpcs, NextToken } = await ec2(new DescribeVpcsCommand(input))
      return { rows: Vpcs, next: NextToken }
    }),
    subnets: filtered(
      {
        id: { filter: 'subnet-id', of: (row) => [row.SubnetId] },
        vpcId: { filter: 'vpc-id', of: (row) => [row.VpcId] },
      },
      async (input) => {
        const { Subnets, NextToken } = await ec2(new DescribeSubnetsCommand(input))
        return { rows: Subnets, next: NextToken }
      },
    ),
    routeTables: filtered(
      {
        id: { filter: 'route-table-id', of: (row) => [row.RouteTableId] },
        vpcId: { filter: 'vpc-id', of: (row) => [row.VpcId] },
      },
      async (input) => {
        // Its largest page is 100.
        const { RouteTables, NextToken } = await ec2(new DescribeRouteTablesCommand({ ...input, MaxResults: 100 }))
        return { rows: RouteTables, next: NextToken }
      },
    ),
    securityGroups: filtered(
      {
        id: { filter: 'group-id', of: (row) => [row.GroupId] },
        name: { filter: 'group-name', of: (row) => [row.GroupName] },
      },
      async (input) => {
        const { SecurityGroups, NextToken } = await ec2(new DescribeSecurityGroupsCommand(input))
        return { rows: SecurityGroups, next: NextToken }
      },
    ),
    networkInterfaces: interfaceLook(ec2),
    endpoints: filtered(
      {
        id: { filter: 'vpc-endpoint-id', of: (row) => [row.VpcEndpointId] },
        vpcId: { filter: 'vpc-id', of: (row) => [row.VpcId] },
      },
      async (input) => {
        const { VpcEndpoints, NextToken } = await ec2(new DescribeVpcEndpointsCommand(input))
        return { rows: VpcEndpoints, next: NextToken }
      },
    ),
    endpointServices: filtered({ id: { filter: 'service-id', of: (row) => [row.ServiceId] } }, async (input) => {
      const { ServiceConfigurations, NextToken } = await ec2(new DescribeVpcEndpointServiceConfigurationsCommand(input))
      return { rows: ServiceConfigurations, next: NextToken }
    }),
    endpointConnections: filtered(
      { serviceId: { filter: 'service-id', of: (row) => [row.ServiceId] } },
      async (input) => {
        const { VpcEndpointConnections, NextToken } = await ec2(new DescribeVpcEndpointConnectionsCommand(input))
        return { rows: VpcEndpointConnections, next: NextToken }
      },
    ),
    ...loadBalancerReads(elbv2),
    ...apiReads(apigateway),
  }
}

/** Network interfaces call their tags a tag set. */
function interfaceLook(ec2: Aws['ec2']): BatchedReads['networkInterfaces'] {
  return filtered<NetworkInterface & { Tags?: Tag[] | undefined }>(
    {
      id: { filter: 'network-interface-id', of: (row) => [row.NetworkInterfaceId] },
      groupId: { filter: 'group-id', of: (row) => (row.Groups ?? []).map(({ GroupId }) => GroupId) },
    },
    async (input) => {
      const { NetworkInterfaces, NextToken } = await ec2(new DescribeNetworkInterfacesCommand(input))
      return { rows: NetworkInterfaces?.map((row) => ({ ...row, Tags: row.TagSet })), next: NextToken }
    },
  )
}

/** API Gateway has no filters: all of them are read, in its largest pages. */
function apiReads(apigateway: Aws['apigateway']): Pick<BatchedReads, 'restApis' | 'vpcLinks'> {
  const largest = { limit: 500 }
  const matches = (ask: By | All, row: { id?: string | undefined; tags?: Record<string, string> | undefined }) => {
    if ('all' in ask) return true
    return 'identity' in ask ? ask.identity.matches(row.tags ?? {}) : row.id === ask.id
  }
  const kindOf = () => 'all'
  return {
    restApis: makeBatcher({
      kindOf,
      matches,
      fetch: () =>
        allPages(async (position) => {
          const page = await apigateway(
            new GetRestApisCommand({ ...largest, ...(position !== undefined && { position }) }),
          )
          return { rows: page.items, next: page.position }
        }),
    }),
    vpcLinks: makeBatcher({
      kindOf,
      matches,
      fetch: () =>
        allPages(async (position) => {
          const page = await apigateway(
            new GetVpcLinksCommand({ ...largest, ...(position !== undefined && { position }) }),
          )
          return { rows: page.items, next: page.position }
        }),
    }),
  }
}
