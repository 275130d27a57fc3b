import type { RequiredPermission } from '../reads/authorization.ts'
import type { serviceTables } from '../state/world.ts'
import type { Call, Operation, Requested } from './operation.ts'
import type { Rates } from './rates.ts'

/** A service on the wire: its protocol, how requests find it, and its operations by name. */
export interface WireService {
  /** The name in a SigV4 credential scope and in IAM actions: ec2, elasticloadbalancing, apigateway, lambda, ... */
  id: string
  protocol: 'ec2-query' | 'query' | 'rest-json' | 'json' | 'rest-xml'
  /** The module of the SDK client, whose exported schemas (`CreateVpc$`) describe every operation and error. */
  model: Record<string, unknown>
  operations: Record<string, Operation>
}

/** A service of the sandbox. */
export interface Service extends WireService {
  /** Its part of the world. */
  tables: (typeof serviceTables)[keyof typeof serviceTables]
  /** How often it may be called; as often as one likes, unless told. */
  rates?: Rates
  /** The IAM action of a request; `id:Operation`, unless told. */
  actionOf?(requested: Requested): string
}

export const actionOf = (service: Pick<Service, 'id' | 'actionOf'>, requested: Requested): string =>
  service.actionOf?.(requested) ?? `${service.id}:${requested.operation}`

/** All that a caller must be allowed for a request. */
export const requiredPermissions = (
  service: Service,
  operation: Operation,
  input: object,
  call: Call,
  requested: Requested,
): RequiredPermission[] =>
  operation.permissions(input, call, requested).map((one) => ({ action: actionOf(service, requested), ...one }))
