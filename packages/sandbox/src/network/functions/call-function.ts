// Runs a function where it stands in the network: an invocation and an authorizer do the same.
import { randomUUID } from 'node:crypto'
import type { Clock } from '../../state/clock.ts'
import { lookUp } from '../dns.ts'
import { openGateway } from '../gateway.ts'
import type { Network } from '../network.ts'
import { roleMay } from '../../reads/roles.ts'
import { appendLog } from '../../writes/log-events.ts'
import { openSession } from '../../writes/sessions.ts'
import { sourceOfFunction } from '../../reads/functions.ts'
import { readPackage } from './package.ts'
import { type Ran, runFunction } from './run-function.ts'
import type { LambdaFunction } from '../../state/lambda.ts'

/** Runs the code where the function stands: with its role's session, and with no other way out than its own. */
export async function callFunction(
  { network, now, signal }: { network: Network; now: number; signal?: AbortSignal | undefined },
  one: LambdaFunction,
  event: string,
  requestId: string = randomUUID(),
): Promise<Ran> {
  const { world, clock } = network
  const source = sourceOfFunction(world, one, now)
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
        environment: environmentOf(one, openSession(world, now, one.roleArn, one.name)),
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
    keepLog(network, one, ran.log)
    return ran
  } finally {
    over.abort(new Error('the function has ended'))
    await gateway.close()
  }
}

/**
 * A clock that tells when waiting begins: only packets that are dropped take the sandbox's time, and
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
): Record<string, string> {
  return {
    ...one.environment,
    _HANDLER: one.handler,
    AWS_REGION: one.region,
    AWS_DEFAULT_REGION: one.region,
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

/** Writes the function's output to its log group, if there is one and its role may write there. */
function keepLog({ world, clock }: Network, one: LambdaFunction, log: string): void {
  const group = `/aws/lambda/${one.name}`
  const now = clock.now()
  const { region } = one
  const resource = `arn:aws:logs:${region}:${one.account}:log-group:${group}:log-stream:*`
  if (!roleMay(world, one.roleArn, { action: 'logs:PutLogEvents', resource }, { now, region })) return
  const day = new Date(now).toISOString().slice(0, 10).replaceAll('-', '/')
  const stream = `${day}/[$LATEST]${one.revisionId.replaceAll('-', '')}`
  appendLog(world, one, { group, stream }, now, log)
}
