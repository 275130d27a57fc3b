import { createHash } from 'node:crypto'

import type { DescribePrefixListsRequest, DescribePrefixListsResult } from '@aws-sdk/client-ec2'
import type { Tags } from '../../state/owned.ts'
import { exists, type World } from '../../state/world.ts'
import { AwsError, operation } from '../operation.ts'
import { awsServices } from '../../reads/aws-services.ts'
import { list, type Facets } from './filters.ts'
import type { Route, RouteTable } from '../../state/ec2.ts'

/** Blocks of the services with gateway endpoints, a few of us-east-1's (AWS IP address ranges), in every Region. */
export const gatewayBlocks: Readonly<Record<string, readonly string[]>> = {
  s3: ['3.5.0.0/19', '52.216.0.0/15', '54.231.0.0/16'],
  dynamodb: ['3.218.180.0/22', '52.94.0.0/22'],
}

/** AWS's own prefix list of a service: `com.amazonaws.us-east-1.s3`. */
interface PrefixList {
  id: string
  name: string
  cidrs: readonly string[]
  tags: Tags
}

/** The id of the prefix list that is named after a service. */
export const prefixListId = (serviceName: string): string =>
  `pl-${createHash('sha256').update(serviceName).digest('hex').slice(0, 8)}`

const prefixListsOf = (region: string): PrefixList[] =>
  awsServices
    .filter(({ type }) => type === 'Gateway')
    .map(({ name }) => {
      const serviceName = `com.amazonaws.${region}.${name}`
      return { id: prefixListId(serviceName), name: serviceName, cidrs: gatewayBlocks[name] ?? [], tags: {} }
    })

/**
 * The routes that gateway endpoints put into a route table: they come and go with the endpoint ("Gateway endpoints",
 * AWS PrivateLink guide).
 */
export const gatewayRoutes = ({ ec2 }: World, { routeTableId }: RouteTable, now: number): Route[] =>
  Object.values(ec2.endpoints)
    .filter((endpoint) => endpoint.routeTableIds.includes(routeTableId) && exists(endpoint, now))
    .map(({ serviceName, endpointId }) => ({ destination: prefixListId(serviceName), target: endpointId }))

const facets: Facets<PrefixList> = {
  'prefix-list-id': ({ id }) => [id],
  'prefix-list-name': ({ name }) => [name],
}

export const prefixListOperations = {
  /** Terraform asks for every endpoint's service and accepts that there is none. */
  DescribePrefixLists: operation<DescribePrefixListsRequest, DescribePrefixListsResult>()(
    ['Filters', 'MaxResults', 'NextToken', 'PrefixListIds'],
    ({ PrefixListIds = [], ...request }, { region }) => {
      const all = prefixListsOf(region)
      const missing = PrefixListIds.find((id) => !all.some((one) => one.id === id))
      if (missing !== undefined) {
        throw new AwsError('InvalidPrefixListId.NotFound', `The prefix list ID '${missing}' does not exist`)
      }
      const named = all.filter(({ id }) => PrefixListIds.length === 0 || PrefixListIds.includes(id))
      const { things, NextToken } = list(named, request, facets)
      return {
        PrefixLists: things.map(({ id, name, cidrs }) => ({
          PrefixListId: id,
          PrefixListName: name,
          Cidrs: [...cidrs],
        })),
        NextToken,
      }
    },
  ),
}
