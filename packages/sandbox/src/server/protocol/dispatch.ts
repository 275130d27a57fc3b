import { randomUUID } from 'node:crypto'

import type { Clock } from '../../state/clock.ts'
import type { Fault, Faults } from '../faults.ts'
import type { Network } from '../../network/network.ts'
import { readJsonInput, targetOf } from './aws-json.ts'
import { denialOf, policiesOf, type RequiredPermission } from '../../reads/authorization.ts'
import { throttled } from '../throttle.ts'
import type { World } from '../../state/world.ts'
import { type Caller, identify } from './credentials.ts'
import { modelOf, type OperationModel } from './model.ts'
import type { Operation, Requested } from '../../services/operation.ts'
import { actionOf, requiredPermissions, type Service } from '../../services/service.ts'
import { readQueryInput } from './query-input.ts'
import { refusals } from './refusals.ts'
import { readRestInput, type RestAnswer, type RestRequest, routeRest } from './rest.ts'
import { AwsError } from '../../state/aws-error.ts'
import { readScope } from '../../reads/signatures.ts'
import { write, writeError, refuseUnsigned } from './answers.ts'

/** A call that reached an operation, or was refused on its way there. */
export interface CallRecord {
  at: number
  account: string
  region: string
  service: string
  operation: string
  /** ARN of the caller. */
  principal: string
  /** The wire code of the error it got, or `Lost` if a fault swallowed it. */
  error?: string
}

export interface Dispatcher {
  world: World
  clock: Clock
  network: Network
  services: readonly Service[]
  faults: Faults
  /** Throws the service's throttling error when a rate is exceeded. */
  throttle?: (request: {
    service: Service
    operation: string
    account: string
    region: string
    unfiltered: boolean
  }) => void
  record(call: CallRecord): void
}

/** A request of the control plane found its operation and waits to be run. */
interface Found {
  service: Service
  model: OperationModel
  operation: Operation
  requested: Requested
  read(): object
}

/** Answers a request of the control plane, or says `lost`: close the connection without an answer. */
export async function dispatch(
  on: Dispatcher,
  request: RestRequest,
  signal: AbortSignal,
): Promise<RestAnswer | 'lost'> {
  const requestId = randomUUID()
  const scope = readScope(request.headers['authorization'])
  const service = on.services.find(({ id }) => id === scope?.service)
  if (!scope || !service) return refuseUnsigned(request, scope, requestId)
  let record: CallRecord | undefined
  try {
    const caller = identify(on.world, service, scope, request.headers['x-amz-security-token'], on.clock.now())
    const name = nameOperation(service, request)
    record = { at: on.clock.now(), ...caller, region: scope.region, service: service.id, operation: name }
    on.record(record)
    const found = findOperation(service, name, request)
    const fault = on.faults.strike(record)
    if (fault) await strike(on, fault, found, caller, signal)
    if (fault?.kind === 'lost-before') return lose(record)
    const policies = policiesOf(on.world, scope.accessKeyId, on.clock.now())
    const output = await run(on, found, { caller, policies, region: scope.region, requestId, signal })
    return fault?.kind === 'lost-after' ? lose(record) : write(found, output, requestId)
  } catch (thrown) {
    if (!(thrown instanceof AwsError)) throw thrown
    if (record) record.error = thrown.code
    return writeError(service, thrown, requestId)
  }
}

function lose(record: CallRecord): 'lost' {
  record.error = 'Lost'
  return 'lost'
}

/** The operation's name in a request: the `Action` of a form, or what method and path mean. */
function nameOperation(service: Service, request: RestRequest): string {
  if (service.protocol === 'json') return targetOf(request) ?? 'without an X-Amz-Target'
  if (isForm(service.protocol)) return formOf(request).get('Action') ?? 'without an Action'
  return routeRest(service, request)?.operation.name ?? `${request.method} ${request.path}`
}

const isForm = (protocol: Service['protocol']): protocol is 'ec2-query' | 'query' => protocol.endsWith('query')

const formOf = (request: RestRequest): URLSearchParams =>
  request.method === 'GET' ? request.query : new URLSearchParams(request.body.toString('utf8'))

function findOperation(service: Service, name: string, request: RestRequest): Found {
  const operation = Object.hasOwn(service.operations, name) ? service.operations[name] : undefined
  const model = modelOf(service).operations.get(name)
  if (!operation || !model) throw refusals.unknownOperation(service.protocol, name)
  const { method, path } = request
  const found = { service, model, operation, requested: { operation: name, method, path } }
  const { protocol } = service
  if (isForm(protocol)) return { ...found, read: () => readQueryInput(protocol, model.input, formOf(request)) }
  if (protocol === 'json') return { ...found, read: () => readJsonInput(model, request) }
  const routed = routeRest(service, request)
  return { ...found, read: () => (routed ? readRestInput(protocol, routed, request) : {}) }
}

/** Lets a fault take effect before the operation runs. */
async function strike(on: Dispatcher, fault: Fault, found: Found, caller: Caller, signal: AbortSignal): Promise<void> {
  if (fault.kind === 'throttled') throw throttled(found.service)
  if (fault.kind === 'denied') throw denied(found, caller)
  if (fault.kind === 'error')
    throw new AwsError(fault.code ?? 'InternalFailure', fault.message ?? 'A fault was asked for.', fault.status ?? 400)
  if (fault.kind === 'delayed') await on.clock.aside(() => on.clock.sleep(fault.ms ?? 0, signal))
}

function denied({ service, requested }: Found, { principal }: Caller): AwsError {
  const action = actionOf(service, requested)
  return refusal(
    service,
    `User: ${principal} is not authorized to perform: ${action} because no identity-based policy allows the ${action} action`,
  )
}

/** The service's own error for what a caller may not do. */
function refusal(service: Service, why: string): AwsError {
  if (service.protocol === 'ec2-query')
    return new AwsError('UnauthorizedOperation', `You are not authorized to perform this operation. ${why}`, 403)
  const code =
    service.protocol === 'query' || service.protocol === 'rest-xml' ? 'AccessDenied' : 'AccessDeniedException'
  // The JSON services answer it with status 400.
  return new AwsError(code, why, service.protocol === 'json' ? 400 : 403)
}

interface Run {
  caller: Caller
  policies: readonly object[] | undefined
  region: string
  requestId: string
  signal: AbortSignal
}

async function run(
  on: Dispatcher,
  found: Found,
  { caller, policies, region, requestId, signal }: Run,
): Promise<object> {
  const { service, model, operation } = found
  const { DryRun: dryRun, ...input }: Record<string, unknown> = { ...found.read() }
  const given = Object.entries(input).filter(([, value]) => !isEmpty(value))
  on.throttle?.({ service, operation: model.name, ...caller, region, unfiltered: given.length === 0 })
  for (const [name] of given) {
    if (!operation.accepts.includes(name)) throw refusals.unmodelledParameter(service.protocol, model.name, name)
  }
  const { world, clock, network } = on
  const call = { world, clock, network, now: clock.now(), signal, ...caller, region, requestId }
  const denial = policies && ((permission: RequiredPermission) => denialOf(policies, permission, call))
  if (denial) {
    const permissions = requiredPermissions(service, operation, input, call, found.requested)
    const why = permissions.map(denial).find((one) => one !== undefined)
    if (why !== undefined) throw refusal(service, why)
  }
  // EC2 API reference, "Common query parameters": DryRun.
  if (dryRun === true)
    throw new AwsError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412)
  return operation.run(input, { ...call, ...(denial && { denial }) })
}

/** Clients such as Terraform send empty texts, lists and maps for what they do not mean to say. */
const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === '' ||
  (typeof value === 'object' &&
    value !== null &&
    !(value instanceof Date) &&
    !(value instanceof Uint8Array) &&
    Object.keys(value).length === 0)
