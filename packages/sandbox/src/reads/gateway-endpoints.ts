import { createHash } from 'node:crypto'
import { exists, type World } from '../state/world.ts'
import type { Route, RouteTable } from '../state/ec2.ts'

/** Blocks of the services with gateway endpoints, a few of us-east-1's (AWS IP address ranges), in every Region. */
export const gatewayBlocks: Readonly<Record<string, readonly string[]>> = {
  s3: ['3.5.0.0/19', '52.216.0.0/15', '54.231.0.0/16'],
  dynamodb: ['3.218.180.0/22', '52.94.0.0/22'],
}

/** The id of the prefix list that is named after a service. */
export const prefixListId = (serviceName: string): string =>
  `pl-${createHash('sha256').update(serviceName).digest('hex').slice(0, 8)}`

/**
 * The routes that gateway endpoints put into a route table: they come and go with the endpoint ("Gateway endpoints",
 * AWS PrivateLink guide).
 */
export const gatewayRoutes = ({ ec2 }: World, { routeTableId }: RouteTable, now: number): Route[] =>
  Object.values(ec2.endpoints)
    .filter((endpoint) => endpoint.routeTableIds.includes(routeTableId) && exists(endpoint, now))
    .map(({ serviceName, endpointId }) => ({ destination: prefixListId(serviceName), target: endpointId }))
