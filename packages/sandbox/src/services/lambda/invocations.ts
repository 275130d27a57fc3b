import type { InvocationRequest, InvocationResponse } from '@aws-sdk/client-lambda'
import { randomUUID } from 'node:crypto'
import type { Clock } from '../../state/clock.ts'
import { lookUp } from '../../network/dns.ts'
import { openGateway } from '../../network/gateway.ts'
import type { Network } from '../../network/network.ts'
import { AwsError, type Call, operation } from '../operation.ts'
import { roleMay } from '../../reads/roles.ts'
import { appendLog } from '../../writes/log-events.ts'
import { openSession } from '../../writes/sessions.ts'
import { sourceOf } from './function-network.ts'
import { findFunction, notNow, stateOf } from '../../reads/functions.ts'
import { readPackage } from '../../reads/function-package.ts'
import { conflict, invalidParameter } from '../../reads/function-refusals.ts'
import { type Ran, runFunction } from '../../network/functions/run-function.ts'
import type { LambdaFunction } from '../../state/lambda.ts'

/** Bytes of a synchronous invocation's payload and answer ("Lambda quotas"). */
const largest = 6 * 1024 * 1024
/** Bytes of the log that an answer carries (Invoke, LogType). */
const tail = 4096

export const invocationOperations = {
  Invoke: operation<InvocationRequest, InvocationResponse>()(
    ['FunctionName', 'InvocationType', 'LogType', 'Payload', 'Qualifier'],
    async (input, call) => {
      const one = findFunction(call, input.FunctionName, input.Qualifier)
      const type = input.InvocationType ?? 'RequestResponse'
      if (type === 'DryRun') return { StatusCode: 204 }
      if (type !== 'RequestResponse') throw invalidParameter(`The sandbox does not model InvocationType ${type}.`)
      const state = stateOf(one, call.now)
      if (state !== 'Active') {
        throw conflict(notNow(`The function is currently in the following state: ${state}`))
      }
      const event = readPayload(input.Payload)
      const requestId = randomUUID()
      const ran = await callFunction(call, one, event, requestId)
      return {
        StatusCode: 200,
        ExecutedVersion: '$LATEST',
        Payload: answerOf(ran),
        ...(ran.failed && { FunctionError: 'Unhandled' }),
        ...(input.LogType === 'Tail' && { LogResult: logOf(one, requestId, ran) }),
      }
    },
  ),
}

function readPayload(payload: Uint8Array | undefined): string {
  if (payload === undefined || payload.length === 0) return '{}'
  if (payload.length > largest) {
    throw new AwsError('RequestTooLargeException', `Request must be smaller than ${largest} bytes`, 413, {
      Type: 'User',
    })
  }
  const text = Buffer.from(payload).toString('utf8')
  try {
    JSON.parse(text)
    return text
  } catch (thrown) {
    const message = `Could not parse request body into json: ${String(thrown)}`
    throw new AwsError('InvalidRequestContentException', message, 400, { Type: 'User' })
  }
}

const answerOf = ({ payload }: Ran): Buffer => {
  const bytes = Buffer.from(payload)
  if (bytes.length <= largest) return bytes
  const errorMessage = `Response payload size exceeded maximum allowed payload size (${largest} bytes).`
  return Buffer.from(JSON.stringify({ errorMessage, errorType: 'Function.ResponseSizeTooLarge' }))
}

/** Runs the code where the function stands: with its role's session, and with no other way out than its own. */
export async function callFunction(
  {
    world,
    now,
    region,
    network,
    clock,
    signal,
  }: Pick<Call, 'world' | 'now' | 'region' | 'network' | 'clock' | 'signal'>,
  one: LambdaFunction,
  event: string,
  requestId: string = randomUUID(),
): Promise<Ran> {
  const source = sourceOf(world, one, now)
  const timeout = one.timeout * 1000
  const over = new AbortController()
  let expire: () => void = () => undefined
  const expired = new Promise<void>((resolve) => (expire = resolve))
  const inside: Network = {
    ...network,
    clock: onWaiting(clock, () => clock.sleep(timeout, over.signal).then(expire, () => undefined)),
  }
  const gateway = await openGateway(inside, source)
  try {
    const ran = await runFunction(
      {
        files: readPackage(Buffer.from(one.zip, 'base64')),
        handler: one.handler,
        timeout: one.timeout,
        environment: environmentOf(one, openSession(world, now, one.roleArn, one.name), region),
        event,
        requestId,
        arn: one.arn,
      },
      {
        gatewayPort: gateway.port,
        ca: network.ca,
        resolve: (name) => lookUp(world, clock.now(), one.vpc?.vpcId, name) ?? [],
        signal,
        expired,
      },
    )
    keepLog({ world, clock, region }, one, ran.log)
    return ran
  } finally {
    over.abort(new Error('the function has ended'))
    await gateway.close()
  }
}

/**
 * The clock, for somebody who wants to know when waiting begins: only packets that are dropped take the sandbox's time, and
 * a function that waits for an answer to them meets its timeout in that time too.
 */
const onWaiting = (clock: Clock, begin: () => unknown): Clock => ({
  ...clock,
  aside: (work) => {
    begin()
    return clock.aside(work)
  },
})

/** "Defined runtime environment variables", Lambda guide. */
function environmentOf(
  one: LambdaFunction,
  session: { accessKeyId: string; secretAccessKey: string; sessionToken: string },
  region: string,
): Record<string, string> {
  return {
    ...one.environment,
    _HANDLER: one.handler,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${one.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: one.name,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(one.memorySize),
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${one.name}`,
    AWS_ACCESS_KEY_ID: session.accessKeyId,
    AWS_SECRET_ACCESS_KEY: session.secretAccessKey,
    AWS_SESSION_TOKEN: session.sessionToken,
  }
}

/** What the function wrote goes to its log group, if there is one and its role may write there. */
function keepLog(
  { world, clock, region }: Pick<Call, 'world' | 'clock' | 'region'>,
  one: LambdaFunction,
  log: string,
): void {
  const group = `/aws/lambda/${one.name}`
  const now = clock.now()
  const resource = `arn:aws:logs:${region}:${one.account}:log-group:${group}:log-stream:*`
  if (!roleMay(world, one.roleArn, { action: 'logs:PutLogEvents', resource }, { now, region })) return
  const day = new Date(now).toISOString().slice(0, 10).replaceAll('-', '/')
  const stream = `${day}/[$LATEST]${one.revisionId.replaceAll('-', '')}`
  appendLog(world, one, { group, stream }, now, log)
}

/** The end of the log, with the lines that Lambda adds around what the function wrote. */
function logOf({ memorySize }: LambdaFunction, id: string, { log, ms }: Ran): string {
  const text = [
    `START RequestId: ${id} Version: $LATEST`,
    ...(log === '' ? [] : [log.trimEnd()]),
    `END RequestId: ${id}`,
    `REPORT RequestId: ${id}\tDuration: ${ms.toFixed(2)} ms\tBilled Duration: ${Math.ceil(ms)} ms\tMemory Size: ${memorySize} MB\tMax Memory Used: ${memorySize} MB`,
    '',
  ].join('\n')
  return Buffer.from(text).subarray(-tail).toString('base64')
}
