import type { Clock } from '../clock.ts'
import type { Listener } from '../engine/events.ts'
import { exits, PrivlinkError } from '../errors.ts'
import type { Aws } from './aws.ts'
import type { ClientFactory, Clients, Environment } from './clients.ts'
import type { Line, Sessions } from './call.ts'
import { openRunMemory } from './per-run.ts'
import { openPacer, type Pacer } from './pacing.ts'
import type { AccountSpec, Session } from './sessions.ts'

export interface Accounts {
  /**
   * The clients of an account by its name in the config, or of the same account in another Region: `gateway@eu-west-1`.
   *
   * @throws PrivlinkError UnknownAccount, WrongAccount, RoleNotAssumable, NoCredentials, or a code of failures.ts
   */
  accountClients(name: string): Promise<Aws>
  /** Closes all connections. */
  close(): void
}

export interface AccountsOptions {
  accounts: Readonly<Record<string, AccountSpec>>
  clock: Clock
  /** Goes before the process's own for credentials in variables and endpoint URLs. */
  environment?: Environment | undefined
  /** Told when AWS throttles an operation, once for each. */
  emit?: Listener | undefined
  /** AWS's published limits unless given. */
  pacing?: Pacer | undefined
}

/** Loads AWS's clients, only when an account is opened: a config error costs no second of it. */
const loadModules = async () => {
  const [clients, sessions, call, looks] = await Promise.all([
    import('./clients.ts'),
    import('./sessions.ts'),
    import('./call.ts'),
    import('./make-batched-reads.ts'),
  ])
  return { ...clients, ...sessions, ...call, ...looks }
}

/** Opens the accounts of a config as they are asked for. Accounts that use the same role share its session. */
export function openAccounts({ accounts, clock, environment, emit, pacing }: AccountsOptions): Accounts {
  const pacer = pacing ?? openPacer(clock)
  const memory = openRunMemory()
  const opened = new Map<string, Promise<Aws>>()
  const sessions = new Map<string, Required<Sessions<Session>>>()
  let factory: ClientFactory | undefined
  let modules: ReturnType<typeof loadModules> | undefined

  const open = async (name: string, spec: AccountSpec): Promise<Aws> => {
    modules ??= clock.during(loadModules)
    const { makeClientFactory, makeSessions, makeSend, makeBatchedReads } = await modules
    factory ??= makeClientFactory(environment)
    const key = JSON.stringify([spec.id, spec.roleArn, spec.externalId])
    const shared = sessions.get(key) ?? makeSessions({ clock, pacer, factory }, name, spec)
    sessions.set(key, shared)
    const { accountId, partition } = await shared.current()
    const { region } = spec
    const clientsOf = (session: Session): Clients => session.clientsIn(region)
    const line = (service: Line['service']): Line => ({
      service,
      account: name,
      accountId,
      region,
      clock,
      pacer,
      onThrottled: emit && onceEach((operation) => emit(throttling(name, operation))),
    })
    const sends = {
      ec2: makeSend(line('ec2'), shared, (session: Session) => clientsOf(session).ec2),
      elbv2: makeSend(line('elbv2'), shared, (session: Session) => clientsOf(session).elbv2),
      apigateway: makeSend(line('apigateway'), shared, (session: Session) => clientsOf(session).apigateway),
      iam: makeSend(line('iam'), shared, (session: Session) => clientsOf(session).iam),
      lambda: makeSend(line('lambda'), shared, (session: Session) => clientsOf(session).lambda),
      ecs: makeSend(line('ecs'), shared, (session: Session) => clientsOf(session).ecs),
      secretsmanager: makeSend(line('secretsmanager'), shared, (session: Session) => clientsOf(session).secretsmanager),
      logs: makeSend(line('logs'), shared, (session: Session) => clientsOf(session).logs),
      route53: makeSend(line('route53'), shared, (session: Session) => clientsOf(session).route53),
    }
    return { name, accountId, region, partition, ...sends, reads: makeBatchedReads(sends), perRun: memory }
  }
  return {
    accountClients: (name) => {
      const account = opened.get(name) ?? Promise.resolve().then(() => open(name, specOf(accounts, name)))
      opened.set(name, account)
      account.catch(() => opened.delete(name))
      return account
    },
    close: () => factory?.close(),
  }
}

function specOf(accounts: Readonly<Record<string, AccountSpec>>, name: string): AccountSpec {
  const [account = '', region] = name.split('@')
  const spec = accounts[account]
  if (spec) return region === undefined ? spec : { ...spec, region }
  throw new PrivlinkError('UnknownAccount', `there is no account ${account} under accounts`, {
    exit: exits.usage,
    hint: `Add accounts.${account}, or use one of: ${Object.keys(accounts).join(', ')}.`,
  })
}

const throttling = (account: string, operation: string) =>
  ({
    event: 'warning',
    message: `AWS throttles ${operation} in account ${account}; it goes on more slowly`,
  }) as const

/** Calls back once for each different argument. */
function onceEach(emit: (argument: string) => void): (argument: string) => void {
  const told = new Set<string>()
  return (argument) => {
    if (told.has(argument)) return
    told.add(argument)
    emit(argument)
  }
}
