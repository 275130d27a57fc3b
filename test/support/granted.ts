import { readFile, rm, writeFile } from 'node:fs/promises'
import type { Purpose } from '../../src/aws/permissions/policies.ts'
import { compose, type Config } from '../../src/flows/config.ts'
import { type Permissions, permissionsOf } from '../../src/flows/permissions.ts'
import type { World } from '../../packages/sandbox/src/state/world.ts'
import { type CertificateFiles, makeCertificates } from './certificates.ts'
import { exampleConfig, type RawConfig } from './example.ts'
import { logGroupArn, rawFrontDoor } from './front-door.ts'
import { guardApplications } from './guard-applications.ts'
import { functionArn, rawLambda } from './lambda-consumer.ts'
import { outsideChanges } from './outside-changes.ts'
import { rawMtls, setPayments } from './mtls.ts'
import { has } from './programs.ts'
import { proveDomains } from './proxy-names.ts'
import { newWorkspace } from './workspace.ts'

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

/** What is only for a test call that cannot be made from inside is no reason to fail. */
export const isForTestCalls = ({ sid }: Grant): boolean => sid.startsWith('TestCalls')

interface Part {
  part: string
  /** Of the example's config. */
  change(raw: RawConfig): void
  printed: readonly Permissions[]
  /** Has a VPC link and a private API of its own: what is tested of these is tested here. */
  links: boolean
}

const partOf = (part: string, change: Part['change'], links = false): Part => ({
  part,
  change,
  links,
  printed: printedFor(exampleConfig(change)),
})

/** Another example in the place of the first. */
const instead =
  (other: () => RawConfig): Part['change'] =>
  (raw) => {
    for (const key of Object.keys(raw)) delete raw[key]
    Object.assign(raw, other())
  }

/** With logs and throttling; whose front door it is is called as in the other parts. */
function rawOpenDoor(): RawConfig {
  const raw = rawFrontDoor()
  const { front: gateway, ...accounts } = raw.accounts
  const { hub, ...networks } = raw.networks
  const { door, ...integrations } = raw.integrations
  const api = { stage: 'live', accessLogs: { logGroupArn }, throttling: { rate: 12.5, burst: 30 } }
  return {
    ...raw,
    accounts: { ...accounts, gateway: { ...gateway } },
    networks: { ...networks, hub: { ...hub, account: 'gateway' } },
    integrations: { ...integrations, door: { ...door, api } },
  }
}

const frontDoorPart = partOf('a front door', instead(rawOpenDoor))

const functionPart = partOf('a function', instead(rawLambda))
const theirFunctionPart = partOf(
  'a function that is there already',
  instead(() => {
    const raw = rawLambda()
    Object.assign(raw.integrations['reports'] ?? {}, { function: { arn: functionArn, payload: { path: '/orders' } } })
    return raw
  }),
)

/** NGINX really runs here, with certificates by openssl. */
const certificates =
  has('nginx', '-v') && has('openssl', 'version') ? makeCertificates('payments.example.com') : undefined

/** Whether the parts of proxies are among those below. */
export const proxiesRun = certificates !== undefined

const proxyParts = ({ file }: CertificateFiles): Part[] => {
  const name = 'payments.example.com'
  const tls = { name, certificate: file('server.pem'), key: file('server.key'), clientCa: file('client-ca.pem') }
  const test = { certificate: file('client.pem'), key: file('client.key'), ca: file('server-ca.pem') }
  const albTls = {
    name,
    certificateArn: 'arn:aws:acm:us-east-1:842340000000:certificate/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9',
    clientCa: { bucket: 'acme-trust', key: 'clients.pem', copy: file('client-ca.pem') },
    crl: { bucket: 'acme-trust', key: 'clients.crl', version: '2', copy: file('client.crl') },
  }
  const image = '842340000000.dkr.ecr.us-east-1.amazonaws.com/nginx:1.29'
  return [
    partOf(
      'a proxy',
      instead(() => rawMtls(setPayments({ tls, test }))),
    ),
    partOf(
      'a proxy without a way to the internet, by a proved name',
      instead(() => rawMtls(setPayments({ tls, test, names: 'private-dns', nginx: { image, endpoints: 'make' } }))),
    ),
    partOf(
      'a proxy on a load balancer',
      instead(() => rawMtls(setPayments({ proxy: 'alb', tls: albTls, test }))),
    ),
  ]
}

/** What is left to be shown of the flows of the second article. */
export const furtherParts: readonly Part[] = [
  frontDoorPart,
  functionPart,
  theirFunctionPart,
  ...(certificates === undefined ? [] : proxyParts(certificates)),
]

/** The examples in parts, each with one flow, so that a run for every single action does not take long. */
const parts: readonly Part[] = [
  partOf(
    'an application of another account',
    ({ integrations }) => {
      delete integrations['warehouse']
      Object.assign(integrations['orders'] ?? {}, { access: { networks: ['hub', 'shop'], foreign: 'elsewhere' } })
    },
    true,
  ),
  partOf('another network', ({ integrations }) => void delete integrations['orders'], true),
  ...furtherParts,
]

const nameOf = ({ account, sid, action }: Grant): string => `${account} ${sid} ${action}`

/**
 * Every part with the actions of its policies for a purpose that no part before it has: the first two account by account,
 * the others in any one account, and what they look at by verify alone, since those statements are the same for all.
 */
export const partsFor = (purpose: Purpose): (Part & { grants: Grant[] })[] =>
  parts.map((part, index) => {
    const name = (grant: Grant): string => nameOf(index < 2 ? grant : { ...grant, account: '' })
    const seen = new Set(parts.slice(0, index).flatMap(({ printed }) => grantsIn(printed, purpose).map(name)))
    if (index >= 2 && purpose !== 'verify') grantsIn(part.printed, 'verify').forEach((grant) => seen.add(name(grant)))
    const grants = grantsIn(part.printed, purpose).filter((grant) => {
      if (seen.has(name(grant))) return false
      if (index >= 2) seen.add(name(grant))
      return true
    })
    return { ...part, grants }
  })

/** Every action of all parts' policies for a purpose. */
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
  const workspace = await newWorkspace(change)
  const { sandbox, ledgerPath, clients } = workspace
  await guardApplications(sandbox)
  const before = workspace.inventory()
  proveDomains(sandbox)

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
    // What is written in the public DNS follows from the world.
    const { publicRecords: _, ...world }: World = structuredClone(sandbox.world)
    const text = await readFile(ledgerPath, 'utf8').catch(() => undefined)
    return async ({ ledger = true } = {}): Promise<void> => {
      Object.assign(sandbox.world, structuredClone(world))
      if (text === undefined || !ledger) await rm(ledgerPath, { force: true })
      else await writeFile(ledgerPath, text)
    }
  }
  /** What the ledger knows of one step's thing in an account, and clients of that account. */
  const thingOf = async (account: string, stepId: string) => {
    const entries = Object.values(await workspace.ledger())
    const { facts } = entries.find((one) => one.account === account && one.step === stepId) ?? {}
    const { id } = exampleConfig(change).accounts[account] ?? {}
    if (facts === undefined || id === undefined) throw new Error(`there is no ${stepId} of ${account}`)
    return { world: sandbox.world, clients: clients(id), facts }
  }
  /** Somebody changes a thing of ours in an account. */
  const meddle = async (account: string, stepId: string, field: string): Promise<void> => {
    const outsideChange = outsideChanges[stepId]?.find(
      ({ field: { source }, does }) => source.includes(field) || does === field,
    )
    if (outsideChange === undefined) throw new Error(`nobody meddles with ${field} of ${stepId}`)
    await outsideChange.act(await thingOf(account, stepId))
  }
  return { ...workspace, before, grant, moment, meddle, thingOf }
}
