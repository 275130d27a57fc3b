import { serviceNameOf as serviceName } from '../../aws/partition.ts'
import type { RouteTable, VpcEndpoint } from '@aws-sdk/client-ec2'
import { tagMap } from '../../aws/tags.ts'
import type { Identity } from '../../engine/step.ts'
import { ownerWithin, stateOf } from './ownership.ts'
import { tableOf } from '../routes.ts'

/**
 * The services that a Fargate task without a way to the internet needs: its image from ECR, whose layers lie in S3, a
 * place for its log, and its secrets ("Amazon ECR interface VPC endpoints", "Using VPC endpoints with Secrets Manager",
 * AWS guides). By their names in the config, with the part of the service name that follows the Region.
 */
export const neededServices = {
  ecrApi: 'ecr.api',
  ecrDkr: 'ecr.dkr',
  logs: 'logs',
  secretsmanager: 'secretsmanager',
  s3: 's3',
} as const

export type NeededService = keyof typeof neededServices

/** Without the gateway endpoint of S3. */
export const interfaceServices = ['ecrApi', 'ecrDkr', 'logs', 'secretsmanager'] as const

export const allServices: readonly NeededService[] = [...interfaceServices, 's3']

/** Ids of endpoints that are there; those that are not named are made. */
export type NamedEndpoints = { [Name in NeededService]?: string | undefined }

/** `none` and `find`: they are there, or nobody needs them. `make`: all of them are made. */
export type WantedEndpoints = 'none' | 'find' | 'make' | NamedEndpoints

export const serviceNameOf = (region: string, service: NeededService): string =>
  serviceName(region, neededServices[service])

/** The endpoints of a VPC, and the subnets and groups that need them. */
export interface Ground {
  region: string
  vpcId: string
  /** Security groups of the tasks. */
  subnetIds: readonly string[]
  tables: readonly RouteTable[]
  endpoints: readonly VpcEndpoint[]
  identity: Identity
}

/** Why an endpoint does not do, or nothing if it does. `waiting` may still pass. */
interface Problem {
  service: NeededService
  why: string
  waiting?: true
}

const isGone = ({ State }: VpcEndpoint): boolean =>
  ['deleted', 'deleting', 'failed', 'rejected'].includes(stateOf(State))

const isOurs = ({ identity }: Ground, { Tags }: VpcEndpoint): boolean => ownerWithin(identity, tagMap(Tags)) === 'ours'

const lies = (ground: Ground, service: NeededService): VpcEndpoint[] =>
  ground.endpoints.filter(
    (one) => one.ServiceName === serviceNameOf(ground.region, service) && one.VpcId === ground.vpcId && !isGone(one),
  )

/** Subnets whose route table does not have the endpoint's route. */
const apartFrom = ({ subnetIds, tables }: Ground, { RouteTableIds = [] }: VpcEndpoint): string[] =>
  subnetIds.filter((id) => !RouteTableIds.includes(tableOf(tables, id)?.RouteTableId ?? ''))

/** The problems of one endpoint for tasks in these subnets. */
function faultOf(ground: Ground, service: NeededService, endpoint: VpcEndpoint): Omit<Problem, 'service'> | undefined {
  const { VpcEndpointId: id = '', ServiceName, VpcEndpointType, PrivateDnsEnabled } = endpoint
  const wanted = serviceNameOf(ground.region, service)
  if (ServiceName !== wanted) return { why: `${id} is an endpoint of ${ServiceName}, not of ${wanted}` }
  if (endpoint.VpcId !== ground.vpcId) return { why: `${id} is in ${endpoint.VpcId}, not in ${ground.vpcId}` }
  const state = stateOf(endpoint.State)
  if (state !== 'available') {
    return { why: `${id} is ${state}`, ...(state.startsWith('pending') && { waiting: true as const }) }
  }
  if (VpcEndpointType !== 'Gateway') {
    return PrivateDnsEnabled === true ? undefined : { why: `${id} has no private DNS, so that nothing finds it` }
  }
  const apart = apartFrom(ground, endpoint)
  return apart.length === 0 ? undefined : { why: `${id} is not in the route tables of ${apart.join(', ')}` }
}

/** The problems of an endpoint that the config names. */
export function namedProblem(ground: Ground, service: NeededService, id: string): Problem | undefined {
  const endpoint = ground.endpoints.find(({ VpcEndpointId }) => VpcEndpointId === id)
  const fault = endpoint === undefined ? { why: `${id} is not in ${ground.vpcId}` } : faultOf(ground, service, endpoint)
  return fault && { service, ...fault }
}

/**
 * The problems where some endpoint of the service must be there. Gateway endpoints may share the subnets among them.
 */
export function missingProblem(ground: Ground, service: NeededService): Problem | undefined {
  const there = lies(ground, service)
  const faults = there.map((endpoint) => faultOf(ground, service, endpoint))
  if (faults.includes(undefined)) return undefined
  const gateways = there.filter(
    ({ VpcEndpointType, State }) => VpcEndpointType === 'Gateway' && stateOf(State) === 'available',
  )
  const apart = ground.subnetIds.filter((id) =>
    gateways.every((endpoint) => apartFrom({ ...ground, subnetIds: [id] }, endpoint).length > 0),
  )
  if (service === 's3' && apart.length === 0) return undefined
  const [fault] = faults
  return {
    service,
    ...(fault ?? { why: `${ground.vpcId} has no endpoint of ${serviceNameOf(ground.region, service)}` }),
  }
}

/** The endpoints that are in the way of a new one: another one with the same private names, or in the same tables. */
export function rivalOf(ground: Ground, service: NeededService): string | undefined {
  const rival = lies(ground, service).find((endpoint) => {
    if (isOurs(ground, endpoint)) return false
    if (service !== 's3') return endpoint.PrivateDnsEnabled === true
    const isGateway = endpoint.VpcEndpointType === 'Gateway'
    return isGateway && apartFrom(ground, endpoint).length < ground.subnetIds.length
  })
  return rival?.VpcEndpointId
}

export type { Problem as EndpointProblem }
