// The accounts and networks of a config: their schemas, and what a name in the config resolves to.
import { anyArn, serviceNameOf } from '../aws/partition.ts'
import * as z from 'zod'
import ipaddr from 'ipaddr.js'

/** A name in the config. It becomes part of node keys and of names on AWS. */
export const nameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, 'expected a name of lower-case letters, digits and hyphens, at most 40')

const regionSchema = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'expected a Region such as us-east-1')

const quotaSchema = z.int().min(1).optional()

/** Quotas by the names of steps/quotas.ts, which knows the names that AWS gives them. */
const quotasSchema = z.strictObject({
  vpcLinks: quotaSchema.describe('VPC links.'),
  privateApis: quotaSchema.describe('Private REST APIs.'),
  loadBalancers: quotaSchema.describe('Network Load Balancers.'),
  listenersPerLoadBalancer: quotaSchema.describe('Listeners on one load balancer.'),
  endpointsPerVpc: quotaSchema.describe('Interface endpoints in one VPC.'),
})

export const accountSchema = z.strictObject({
  id: z
    .string()
    .regex(/^\d{12}$/, 'expected twelve digits')
    .describe('The account id, in quotes.'),
  roleArn: z
    .string()
    .regex(new RegExp(String.raw`^${anyArn}:iam::\d{12}:role/[\w+=,.@/-]+$`), 'expected the ARN of an IAM role')
    .optional()
    .describe('The role that privlink assumes there. Without it, your own credentials are used.'),
  externalId: z.string().min(2).optional().describe("What the role's trust policy asks for."),
  region: regionSchema.optional().describe('Its Region, if not that of the config.'),
  quotas: quotasSchema
    .optional()
    .describe("AWS's quotas where they have been raised for this account, each Region alike."),
})

const blockSchema = z
  .string()
  .refine(
    (text) => /^sg-[0-9a-f]{8,17}$/.test(text) || ipaddr.IPv4.isValidCIDR(text),
    'expected a CIDR block such as 10.0.0.0/16, or a security group id',
  )

const idSchema = (prefix: string) =>
  z.string().regex(new RegExp(`^${prefix}-[0-9a-f]{8,17}$`), `expected an id such as ${prefix}-0a1b2c3d4e5f60718`)

export const networkSchema = z.strictObject({
  account: nameSchema.describe('The account that the VPC belongs to.'),
  vpcId: idSchema('vpc').describe('The VPC.'),
  subnetIds: z
    .array(idSchema('subnet'))
    .min(1)
    .refine((ids) => new Set(ids).size === ids.length, 'expected every subnet only once')
    .describe('Subnets for load balancers and endpoints, in Availability Zones of your choice.'),
  region: regionSchema.optional().describe('Its Region, if not that of the account.'),
  callers: z
    .array(blockSchema)
    .min(1)
    .optional()
    .describe('Who may reach the execute-api endpoint: CIDR blocks or security groups. Without it, the whole VPC.'),
  executeApi: z
    .strictObject({
      endpointId: idSchema('vpce').optional().describe('An execute-api endpoint that is there already.'),
      privateDns: z
        .boolean()
        .optional()
        .describe('Whether *.execute-api names lead to it for the whole VPC; public APIs then do not. Default: true.'),
    })
    .optional()
    .describe('The execute-api endpoint of this VPC. Without it, one is made.'),
})

type Account = z.infer<typeof accountSchema>
type Network = z.infer<typeof networkSchema>

/** The accounts and networks of a config. */
export interface AccountsAndNetworks {
  region: string
  accounts: Record<string, Account>
  networks: Record<string, Network>
}

/** An account in one Region: where a step acts. */
export interface ResolvedAccount {
  /** Its name in the config. */
  name: string
  /**
   * The key by which nodes and the ledger name it: the name, with `@region` where that is not the account's usual one.
   */
  key: string
  id: string
  region: string
  roleArn: string | undefined
  externalId: string | undefined
}

/** A network of the config with its account. */
export interface ResolvedNetwork extends Omit<Network, 'account'> {
  name: string
  account: ResolvedAccount
  region: string
  /** Name of the API Gateway's interface endpoint service in this Region. */
  executeApiService: string
}

/** An account of the config, in its usual Region or another; undefined where the config has none of that name. */
export function resolveAccount(
  config: AccountsAndNetworks,
  name: string,
  region?: string,
): ResolvedAccount | undefined {
  const account = config.accounts[name]
  if (account === undefined) return undefined
  const usual = account.region ?? config.region
  const here = region ?? usual
  return {
    name,
    key: here === usual ? name : `${name}@${here}`,
    id: account.id,
    region: here,
    roleArn: account.roleArn,
    externalId: account.externalId,
  }
}

/** A network of the config; undefined where the config has none of that name, or not its account. */
export function resolveNetwork(config: AccountsAndNetworks, name: string): ResolvedNetwork | undefined {
  const network = config.networks[name]
  const account = network && resolveAccount(config, network.account, network.region)
  if (network === undefined || account === undefined) return undefined
  const { region } = account
  return { ...network, name, account, region, executeApiService: serviceNameOf(region, 'execute-api') }
}

/** Every account in every Region that the config mentions; the same one may come more than once. */
export const resolveAccounts = (config: AccountsAndNetworks): ResolvedAccount[] =>
  [
    ...Object.keys(config.accounts).map((name) => resolveAccount(config, name)),
    ...Object.keys(config.networks).map((name) => resolveNetwork(config, name)?.account),
  ].filter((account) => account !== undefined)

/** Accounts and networks by name. Both functions throw for a name that the config's schema has not checked. */
export interface Lookup {
  account(name: string): ResolvedAccount
  network(name: string): ResolvedNetwork
}

/** The lookup that flows use; the schema has checked that the names exist. */
export const lookupIn = (config: AccountsAndNetworks): Lookup => ({
  account: (name) => present(resolveAccount(config, name), name),
  network: (name) => present(resolveNetwork(config, name), name),
})

function present<T>(found: T | undefined, name: string): T {
  if (found === undefined) throw new Error(`the config has not been checked: there is no ${name}`)
  return found
}
