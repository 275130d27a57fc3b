import { readFile, rm, writeFile } from 'node:fs/promises'
import type { Purpose } from '../../src/aws/iam-policy.ts'
import { compose, type Config } from '../../src/flows/config.ts'
import { type Permissions, permissionsOf } from '../../src/flows/permissions.ts'
import type { World } from '../../src/sandbox/world.ts'
import { exampleConfig, type RawConfig } from './example.ts'
import { guardApplications } from './guard-applications.ts'
import { meddlings } from './meddling.ts'
import { stand } from './stand.ts'

/** One action of one statement of one account's policies for a purpose. */
export interface Grant {
  account: string
  sid: string
  action: string
}

/** What `privlink permissions` prints for a config. */
export const printedFor = (config: Config = exampleConfig()): Permissions[] =>
  permissionsOf(config, compose(config), {})

/** Every action of every statement of every policy for a purpose. */
const grantsIn = (printed: readonly Permissions[], purpose: Purpose): Grant[] =>
  printed.flatMap(({ account, policies }) => {
    const statements = (policies[purpose] ?? []).flatMap(({ Statement }) => Statement)
    return statements.flatMap(({ Sid, Action }) => Action.map((action) => ({ account, sid: Sid, action })))
  })

interface Part {
  part: string
  /** Of the example's config. */
  change(raw: RawConfig): void
  printed: readonly Permissions[]
}

const partOf = (part: string, change: Part['change']): Part => ({
  part,
  change,
  printed: printedFor(exampleConfig(change)),
})

/** The example in two parts, each with one flow, so that a run for every single action does not take long. */
const parts: readonly Part[] = [
  partOf('an application of another account', ({ integrations }) => {
    delete integrations['warehouse']
    Object.assign(integrations['orders'] ?? {}, { access: { networks: ['hub', 'shop'], foreign: 'elsewhere' } })
  }),
  partOf('another network', ({ integrations }) => void delete integrations['orders']),
]

const nameOf = ({ account, sid, action }: Grant): string => `${account} ${sid} ${action}`

/** Every part with the actions of its policies for a purpose that no part before it has. */
export const partsFor = (purpose: Purpose): (Part & { grants: Grant[] })[] =>
  parts.map((part, index) => {
    const before = new Set(parts.slice(0, index).flatMap(({ printed }) => grantsIn(printed, purpose).map(nameOf)))
    return { ...part, grants: grantsIn(part.printed, purpose).filter((grant) => !before.has(nameOf(grant))) }
  })

/** Every action of both parts' policies for a purpose. */
export const actionsFor = (purpose: Purpose): Set<string> =>
  new Set(parts.flatMap(({ printed }) => grantsIn(printed, purpose).map(({ action }) => action)))

/** The printed policies of an account, without one of their actions. */
const policiesOf = ({ account, policies }: Permissions, purposes: readonly Purpose[], without?: Grant): object[] =>
  purposes
    .flatMap((purpose) => policies[purpose] ?? [])
    .map((document) => ({
      ...document,
      Statement: document.Statement.map((statement) => ({
        ...statement,
        Action: statement.Action.filter(
          (action) => account !== without?.account || statement.Sid !== without.sid || action !== without.action,
        ),
      })).filter(({ Action }) => Action.length > 0),
    }))
    // IAM takes no document without statements.
    .filter(({ Statement }) => Statement.length > 0)

/** A stand whose roles hold only what is printed, and which can be put back to an earlier moment. */
export async function grantedStand(change?: (raw: RawConfig) => void) {
  const standing = await stand(change)
  const { sandbox, ledgerPath, clients } = standing
  await guardApplications(sandbox)
  const before = standing.inventory()

  /** Roles hold the policies for these purposes, but for one action. */
  const grant = (printed: readonly Permissions[], purposes: readonly Purpose[], without?: Grant): void => {
    for (const permissions of printed) {
      const role = sandbox.world.iam.roles[permissions.roleArn ?? '']
      if (role === undefined) throw new Error(`there is no ${permissions.roleArn}`)
      role.policies = policiesOf(permissions, purposes, without)
    }
  }
  /** Remembers world and ledger; the result brings them back, as often as one likes. */
  const moment = async () => {
    const world: World = structuredClone(sandbox.world)
    const text = await readFile(ledgerPath, 'utf8').catch(() => undefined)
    return async ({ ledger = true } = {}): Promise<void> => {
      Object.assign(sandbox.world, structuredClone(world))
      if (text === undefined || !ledger) await rm(ledgerPath, { force: true })
      else await writeFile(ledgerPath, text)
    }
  }
  /** Somebody changes a thing of ours in an account. */
  const meddle = async (account: string, stepId: string, field: string): Promise<void> => {
    const entries = Object.values(await standing.ledger())
    const entry = entries.find((one) => one.account === account && one.step === stepId)
    const meddling = meddlings[stepId]?.find((one) => one.field.source.includes(field))
    const id = printedFor().find((one) => one.account === account)?.id
    if (entry?.facts === undefined || meddling === undefined || id === undefined) {
      throw new Error(`there is no ${stepId} of ${account} to meddle with`)
    }
    await meddling.act({ world: sandbox.world, clients: clients(id), facts: entry.facts })
  }
  return { ...standing, before, grant, moment, meddle }
}
