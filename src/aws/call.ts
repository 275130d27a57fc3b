import type { Client, Command, MetadataBearer } from '@smithy/types'
import type { Clock } from '../clock.ts'
import { minutes, seconds } from '../engine/step.ts'
import type { PrivlinkError } from '../errors.ts'
import type { Send } from './aws.ts'
import {
  failure,
  meaningOf,
  partsOf,
  passageOf,
  translate,
  unsuccessful,
  type FailureCode,
  type Origin,
  type UnsuccessfulItem,
} from './failures.ts'
import { isReading, type ServiceName } from './limits.ts'
import type { Lane, Pacer } from './pacing.ts'

/** One account's line to one service in one Region. */
export interface Line {
  service: ServiceName
  /** The account's name in the config. */
  account: string
  accountId: string
  region: string
  clock: Clock
  pacer: Pacer
  /** Told once per operation that AWS throttles it. */
  onThrottled?: ((operation: string) => void) | undefined
}

/** Sessions as a send needs them. */
export interface Sessions<S> {
  current(): Promise<S>
  /** A session that is newer than `stale`; without it, an expired one is an error. */
  renew?: ((stale: S) => Promise<S>) | undefined
  /** ARN that the session acts as. */
  principal?: ((session: S) => string | undefined) | undefined
}

/** How long one call goes on in spite of being throttled, and how long its pauses become, in ms of the clock. */
const throttled = { first: seconds(1), longest: seconds(30), patience: minutes(10) }

/** Pauses between tries after a failure that may pass, in ms. */
const pauses = [500, 1000, 2000, 4000, 8000]

/** How a call has gone so far. */
interface Tries {
  pausesTaken: number
  throttledFor: number
  nextThrottle: number
  renewed: boolean
  /** A try before may have taken effect. */
  unsure: boolean
}

/**
 * Makes the send of one service: waits for its lane, sends, tries again where that is safe. EC2's lists of unsuccessful
 * items are thrown. The SDK's clients are made with one attempt, so that nothing is repeated behind our back.
 */
export function makeSend<S, Inputs extends object, Outputs extends MetadataBearer, Config>(
  line: Line,
  sessions: Sessions<S>,
  clientOf: (session: S) => Pick<Client<Inputs, Outputs, Config>, 'send'>,
): Send<Inputs, Outputs, Config> {
  return async <Input extends Inputs, Output extends Outputs>(
    command: Command<Inputs, Input, Outputs, Output, Config>,
  ): Promise<Output> => {
    const operation = operationOf(command)
    const lane: Lane = { accountId: line.accountId, region: line.region, service: line.service, operation }
    const tries: Tries = {
      pausesTaken: 0,
      throttledFor: 0,
      nextThrottle: throttled.first,
      renewed: false,
      unsure: false,
    }
    for (let again = false; ; again = true) {
      await line.pacer.enter(lane, again)
      const session = await sessions.current()
      const origin = { ...line, operation, principal: sessions.principal?.(session) }
      try {
        const output = await line.clock.during(() => clientOf(session).send(command))
        unsuccessful(unsuccessfulOf(output), origin)
        return output
      } catch (thrown) {
        // The answers of these operations repeat what was asked; all their members are optional.
        if (hasSettled(thrown, operation, tries)) return { $metadata: {} } as Output
        const renew = sessions.renew && (() => sessions.renew?.(session))
        await prepareNext({ thrown, tries, line, lane, origin, renew, repeatable: isRepeatable(line.service, command) })
      }
    }
  }
}

const operationOf = (command: object): string => command.constructor.name.replace(/Command$/, '')

/** Read as a list that most outputs do not have. */
const unsuccessfulOf = (output: object): UnsuccessfulItem[] | undefined =>
  'Unsuccessful' in output && Array.isArray(output.Unsuccessful) ? output.Unsuccessful : undefined

interface Failed {
  thrown: unknown
  tries: Tries
  line: Line
  lane: Lane
  origin: Origin
  renew: (() => Promise<unknown> | undefined) | undefined
  repeatable: boolean
}

/** Waits as long as the failure asks for, or throws it if there is no use in another try. */
async function prepareNext(failed: Failed): Promise<void> {
  const { thrown, tries, line, origin, renew, repeatable } = failed
  const code = meaningOf(thrown, origin.operation)
  if (code === 'Throttled') return slowDown(failed)
  if (code === 'Expired' && renew && !tries.renewed) {
    tries.renewed = true
    await renew()
    return
  }
  const passage = code === 'NotYet' ? 'answered' : passageOf(thrown)
  if (passage === 'unsure') {
    if (!repeatable) throw lost(thrown, origin)
    tries.unsure = true
  }
  if (passage === 'answered' && !isCollision(thrown, code)) throw translate(thrown, origin)
  const pause = pauses[tries.pausesTaken++]
  if (pause === undefined) throw translate(thrown, origin)
  await line.clock.sleep(pause)
}

/** The whole lane waits: as long as AWS says, but longer each time. */
async function slowDown({ thrown, tries, line, lane, origin }: Failed): Promise<void> {
  if (tries.throttledFor >= throttled.patience) throw translate(thrown, origin)
  // Once is a matter of milliseconds between two clocks, and nothing to tell people.
  if (tries.throttledFor > 0) line.onThrottled?.(origin.operation)
  const asked = seconds(Number(partsOf(thrown).retryAfterSeconds ?? 0))
  const pause = Math.max(tries.nextThrottle, Number.isFinite(asked) ? asked : 0)
  tries.throttledFor += pause
  tries.nextThrottle = Math.min(throttled.longest, tries.nextThrottle * 2)
  line.pacer.slow(lane, pause)
}

/** API Gateway lets one writer at a time into an API: "due to concurrent modification. Please try again later." */
const isCollision = (thrown: unknown, code: FailureCode): boolean =>
  code === 'NotYet' && (partsOf(thrown).name ?? '').startsWith('Conflict')

const lost = (thrown: unknown, origin: Origin): PrivlinkError => failure('AnswerLost', thrown, origin)

/**
 * Operations whose repetition changes nothing more, or fails in a way that shows that the first try took effect. A
 * cluster of the same name is answered with (ECS API reference, CreateCluster); assumed.
 */
const repeatable =
  /^(Describe|Get|List|Delete|Modify|Put|Register|Deregister|Set|Update|Tag|Untag|Add|Remove|Accept|Reject|Authorize|Revoke|Assume|Start|CreateTags$|CreateCluster$|ChangeTagsForResource$)/

/** Those among them that make another one each time: a revision, a list of revoked certificates. */
const unrepeatable = /^(RegisterTaskDefinition|AddTrustStoreRevocations)$/

/** Members by which AWS knows a repeated request again: EC2, ECS and Secrets Manager. */
const tokens = ['ClientToken', 'clientToken', 'ClientRequestToken']

function isRepeatable(service: ServiceName, command: { input: object }): boolean {
  const operation = operationOf(command)
  if (isReading(operation) || (repeatable.test(operation) && !unrepeatable.test(operation))) return true
  // "If the settings are the same, the call succeeds" (ELBv2 API reference), since names are unique; not said of these.
  if (service === 'elbv2') return !/TrustStore|CreateRule/.test(operation)
  const members = new Map<string, unknown>(Object.entries(command.input))
  if (operation === 'ChangeResourceRecordSets') return changesOnlyOnce(members.get('ChangeBatch'))
  return tokens.some((token) => members.get(token) !== undefined)
}

/** A record that is created twice is refused as one that is there already; an UPSERT or DELETE is as good as one. */
const changesOnlyOnce = (batch: unknown): boolean => {
  const changes: unknown = Object(batch).Changes
  return Array.isArray(changes) && changes.every((change) => Object(change).Action !== 'CREATE')
}

/** Whether the failure of a repeated try says that an earlier one, whose answer was lost, took effect. */
function hasSettled(thrown: unknown, operation: string, { unsure }: Tries): boolean {
  if (!unsure) return false
  const code = meaningOf(thrown, operation)
  if (/^(AuthorizeSecurityGroup|PutMethod)/.test(operation)) return code === 'Duplicate'
  return operation.startsWith('RevokeSecurityGroup') && code === 'NotFound'
}
