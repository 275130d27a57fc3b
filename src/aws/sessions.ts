import { AssumeRoleCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import type { Clock } from '../clock.ts'
import { minutes } from '../engine/step.ts'
import { exits, PrivlinkError } from '../errors.ts'
import { makeSend, type Line, type Sessions } from './call.ts'
import type { ClientFactory, Clients, Credentials } from './clients.ts'
import { isFailure } from './failures.ts'
import type { Pacer } from './pacing.ts'

/** How to get into one account. Without a role, the credentials that the SDK finds are the account's own. */
export interface AccountSpec {
  /** Twelve digits. */
  id: string
  region: string
  roleArn?: string | undefined
  externalId?: string | undefined
}

/** Clients that act as one identity, for as long as its credentials last. */
export interface Session {
  accountId: string
  arn: string
  partition: string
  /** On the clock, in ms; credentials of the SDK's own chain renew themselves. */
  expiresAt: number
  clientsIn(region: string): Clients
}

/** A role chained from other credentials lasts an hour at most ("Role chaining", IAM user guide). */
const sessionLength = minutes(60)
const renewBefore = minutes(5)

interface SessionSource {
  clock: Clock
  pacer: Pacer
  factory: ClientFactory
}

/**
 * The sessions of one account and role: one at a time, renewed before it expires, its identity proved each time.
 *
 * @throws PrivlinkError WrongAccount, RoleNotAssumable, NoCredentials, or a code of failures.ts, from `current` and `renew`
 */
export function makeSessions(source: SessionSource, name: string, spec: AccountSpec): Required<Sessions<Session>> {
  let latest: Promise<Session> | undefined
  const successors = new WeakMap<Session, Promise<Session>>()

  const begin = (): Promise<Session> => {
    const begun = openSession(source, name, spec)
    latest = begun
    // A failure is not remembered: whoever asks next tries again.
    begun.catch(() => {
      if (latest === begun) latest = undefined
    })
    return begun
  }
  /** Several calls that find the same session stale share its successor. */
  const renew = (stale: Session): Promise<Session> => {
    const successor = successors.get(stale) ?? begin()
    successors.set(stale, successor)
    successor.catch(() => successors.delete(stale))
    return successor
  }
  return {
    current: async () => {
      const session = await (latest ?? begin())
      return source.clock.now() < session.expiresAt - renewBefore ? session : renew(session)
    },
    renew,
    principal: (session) => session.arn,
  }
}

async function openSession(source: SessionSource, name: string, spec: AccountSpec): Promise<Session> {
  const { clock, factory } = source
  const base = factory.baseCredentials()
  const expiresAt = spec.roleArn === undefined ? Infinity : clock.now() + sessionLength
  const credentials = spec.roleArn === undefined ? base : await assumeRole(source, name, spec, spec.roleArn, base)
  const identity = await identityOf(source, name, spec, credentials)
  if (identity.accountId !== spec.id) throw wrongAccount(name, spec, identity)
  const regions = new Map<string, Clients>()
  return {
    ...identity,
    expiresAt,
    clientsIn: (region) => {
      const clients = regions.get(region) ?? factory.make(region, credentials)
      regions.set(region, clients)
      return clients
    },
  }
}

async function assumeRole(
  source: SessionSource,
  name: string,
  spec: AccountSpec,
  roleArn: string,
  base: Credentials,
): Promise<Credentials> {
  const send = stsOf(source, name, spec, base)
  try {
    const { Credentials: keys } = await send(
      new AssumeRoleCommand({
        RoleArn: roleArn,
        RoleSessionName: 'privlink',
        DurationSeconds: sessionLength / 1000,
        ...(spec.externalId !== undefined && { ExternalId: spec.externalId }),
      }),
    )
    if (!keys?.AccessKeyId || !keys.SecretAccessKey) throw new Error(`AssumeRole of ${roleArn} returned no credentials`)
    return {
      accessKeyId: keys.AccessKeyId,
      secretAccessKey: keys.SecretAccessKey,
      ...(keys.SessionToken !== undefined && { sessionToken: keys.SessionToken }),
    }
  } catch (thrown) {
    if (!isFailure(thrown, 'Denied')) throw thrown
    const caller = await identityOf(source, name, spec, base).catch(() => undefined)
    throw roleNotAssumable(name, spec, roleArn, caller?.arn, thrown)
  }
}

async function identityOf(source: SessionSource, name: string, spec: AccountSpec, credentials: Credentials) {
  const { Account: accountId = '', Arn: arn = '' } = await stsOf(
    source,
    name,
    spec,
    credentials,
  )(new GetCallerIdentityCommand({}))
  return { accountId, arn, partition: arn.split(':')[1] || 'aws' }
}

function stsOf({ clock, pacer, factory }: SessionSource, name: string, spec: AccountSpec, credentials: Credentials) {
  const sts = factory.makeSts(spec.region, credentials)
  const line: Line = { service: 'sts', account: name, accountId: spec.id, region: spec.region, clock, pacer }
  return makeSend(line, { current: async () => sts }, (client) => client)
}

function wrongAccount(name: string, spec: AccountSpec, identity: { accountId: string; arn: string }): PrivlinkError {
  return new PrivlinkError(
    'WrongAccount',
    `account ${name} should be ${spec.id}, but ${identity.arn} belongs to ${identity.accountId}`,
    {
      exit: exits.credentials,
      hint:
        spec.roleArn === undefined
          ? `Sign in to account ${spec.id}, or give accounts.${name} the roleArn of a role in it.`
          : `Correct accounts.${name}: id and roleArn must name the same account.`,
    },
  )
}

function roleNotAssumable(
  name: string,
  spec: AccountSpec,
  roleArn: string,
  caller: string | undefined,
  cause: unknown,
): PrivlinkError {
  const by = caller ?? 'the current credentials'
  const externalId =
    spec.externalId === undefined
      ? 'that it asks for no ExternalId (none is configured)'
      : `that the ExternalId it asks for is "${spec.externalId}"`
  return new PrivlinkError('RoleNotAssumable', `account ${name}: ${by} may not assume ${roleArn}`, {
    exit: exits.credentials,
    cause,
    hint: `Check that the role exists, that its trust policy names ${by}, ${externalId}, and that ${by} is allowed sts:AssumeRole on it.`,
  })
}
