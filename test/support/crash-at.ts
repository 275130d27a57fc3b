import type { Aws } from '../../src/aws/aws.ts'
import { isReading } from '../../src/aws/limits.ts'
import type { Ledger } from '../../src/engine/ledger.ts'
import type { Run } from '../../src/engine/run.ts'

/** What everything throws once the process is dead. Not a PrivlinkError: nobody may handle it. */
export class Crash extends Error {}

/** When to die: before the nth mutating call leaves, or after it took effect and before anybody learned of it. */
export interface CrashPoint {
  at: number
  when: 'before' | 'after'
}

/**
 * A run that dies like a process at one of its own mutating calls: from then on nothing of it reaches AWS or the ledger.
 * `calls` names the mutating calls that were sent; `inTheAir` resolves when the last of them has arrived.
 */
export function crashAt<Probe>(run: Run<Aws, Probe>, death: CrashPoint) {
  const calls: string[] = []
  const sent: Promise<unknown>[] = []
  let dead = false
  const alive = (): void => {
    if (dead) throw new Crash('killed')
  }
  const mortalSend = <Send extends (command: never) => Promise<unknown>>(send: Send): Send => {
    const guarded = async (command: never): Promise<unknown> => {
      alive()
      // A command's class is named after its operation.
      const operation = (command as object).constructor.name.replace(/Command$/, '')
      // A function that is called to prove something leaves nothing behind, so that a death there gains nothing ever.
      if (isReading(operation) || operation === 'Invoke') return send(command)
      calls.push(operation)
      const isLast = calls.length === death.at
      if (isLast && death.when === 'before') dead = true
      alive()
      const answered = send(command)
      sent.push(answered)
      const answer = await answered
      if (isLast) dead = true
      alive()
      return answer
    }
    // The same signature as what it guards.
    return guarded as unknown as Send
  }
  const ledger: Ledger = {
    deployment: run.ledger.deployment,
    entries: run.ledger.entries,
    get: run.ledger.get,
    put: async (entry) => {
      alive()
      await run.ledger.put(entry)
    },
    remove: async (key) => {
      alive()
      await run.ledger.remove(key)
    },
  }
  const accountClients = async (name: string): Promise<Aws> => {
    const aws = await run.accountClients(name)
    return {
      ...aws,
      ec2: mortalSend(aws.ec2),
      elbv2: mortalSend(aws.elbv2),
      apigateway: mortalSend(aws.apigateway),
      iam: mortalSend(aws.iam),
      lambda: mortalSend(aws.lambda),
      ecs: mortalSend(aws.ecs),
      secretsmanager: mortalSend(aws.secretsmanager),
      logs: mortalSend(aws.logs),
      route53: mortalSend(aws.route53),
    }
  }
  return { run: { ...run, ledger, accountClients }, calls, inTheAir: async () => void (await Promise.allSettled(sent)) }
}

/** An inventory without its ids: what there is, how often, and with which tags. */
export const shapeOf = (inventory: readonly string[]): string[] =>
  inventory
    .map((line) => {
      const [kind = '', , ...rest] = line.split(' ')
      // A hash of what holds ids is as much its own as they are.
      const said = rest.join(' ').replace(/(?<=^privlink:definition=).*/, 'HASH')
      return kind === 'tag' || kind === 'resource' ? `${kind} ${said}` : kind
    })
    .sort()
