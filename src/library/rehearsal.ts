import { partitionOf } from '../aws/partition.ts'
import type { Environment } from '../aws/clients.ts'
import type { Clock } from '../clock.ts'
import { PrivlinkError, exits } from '../errors.ts'
import type { Config } from '../flows/config.ts'
import { existingThings } from '../flows/existing-things.ts'
import type { Existing } from '../flows/existing.ts'
import type { Sandbox, WorldSpec } from 'privlink-sandbox'
import { sandboxStateOf } from './inputs.ts'
import { startSandbox } from './local-sandbox.ts'
import { rehearsedObjects } from './rehearsed-objects.ts'

/** The operator's own account in the sandbox, which the seeded roles trust. */
const operator = '000000000000'

/** A sandbox in this process, and the environment that leads AWS's clients to it. */
export interface Rehearsal {
  url: string
  environment: Environment
  /** The sandbox's time: never before that of its stored world. */
  clock: Clock
  close(): Promise<void>
}

/**
 * Starts a sandbox for one command. Its world begins with what the config says exists and is kept in a file, so that
 * the next command goes on in it.
 */
export async function startRehearsal(options: {
  config: Config | undefined
  deployment: string
  clock: Clock
  speed: number
  environment: Environment | undefined
  /** The folder that relative paths in the config start from. */
  folder: string
}): Promise<Rehearsal> {
  const { config, deployment, clock, speed, environment = {}, folder } = options
  const sandbox = await startSandbox({ clock, speed, stateFile: sandboxStateOf(deployment) })
  try {
    if (config !== undefined) await furnish(sandbox, config, folder)
  } catch (thrown) {
    await sandbox.close()
    throw thrown
  }
  const { url } = sandbox
  return {
    url,
    clock: sandbox.clock,
    close: sandbox.close,
    environment: { ...withoutAws(environment), ...accessTo(url) },
  }
}

/** Nothing of the user's own AWS settings may reach the rehearsal, nor the rehearsal AWS. */
const withoutAws = (environment: Environment): Environment =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('AWS_')))

const accessTo = (url: string): Environment => ({
  AWS_ENDPOINT_URL: url,
  AWS_ACCESS_KEY_ID: operator,
  AWS_SECRET_ACCESS_KEY: 'rehearsal',
})

/**
 * Brings a sandbox's world up to what the config says exists: all of it at first, later what the config has gained.
 *
 * @param folder what relative paths in the config start from.
 * @throws PrivlinkError RehearsalOutgrown, CopyUnreadable (exit 2)
 */
export async function furnish(
  { world, seed, network }: Pick<Sandbox, 'world' | 'seed' | 'network'>,
  config: Config,
  folder = '.',
): Promise<void> {
  const existing = existingThings(config)
  const spec = worldOf(existing)
  const { ec2, elbv2, apigateway, lambda, secretsmanager, acm } = world
  for (const { vpcId, routes = [], subnets } of spec.vpcs ?? []) {
    if (ec2.vpcs[vpcId] === undefined) continue
    const added = subnets.find(({ subnetId }) => ec2.subnets[subnetId] === undefined)
    if (added !== undefined) throw outgrown(vpcId, added.subnetId)
    const main = Object.values(ec2.routeTables).find((table) => table.vpcId === vpcId && table.main)
    const known = new Set(main?.routes.map(({ destination }) => destination))
    main?.routes.push(...routes.filter(({ destination }) => !known.has(destination)))
  }
  await seed({
    // Roles, hosts, names and objects may be given again.
    ...spec,
    objects: await rehearsedObjects(existing.objects, folder, { ca: network.ca, present: world.s3.objects }),
    certificates: (spec.certificates ?? []).filter(({ arn }) => acm.certificates[arn] === undefined),
    vpcs: (spec.vpcs ?? []).filter(({ vpcId }) => ec2.vpcs[vpcId] === undefined),
    loadBalancers: (spec.loadBalancers ?? []).filter(({ arn }) => elbv2.loadBalancers[arn] === undefined),
    privateApis: (spec.privateApis ?? []).filter(({ apiId }) => apigateway.restApis[apiId] === undefined),
    functions: (spec.functions ?? []).filter(({ arn }) => lambda.functions[arn] === undefined),
    endpoints: (spec.endpoints ?? []).filter(({ endpointId }) => ec2.endpoints[endpointId] === undefined),
    secrets: (spec.secrets ?? []).filter(({ arn }) => secretsmanager.secrets[arn] === undefined),
  })
}

const outgrown = (vpcId: string, subnetId: string): PrivlinkError =>
  new PrivlinkError('RehearsalOutgrown', `The sandbox's ${vpcId} was laid out before the config had ${subnetId}`, {
    hint: 'Tear the rehearsal down and remove its state file: the next one begins with the config as it is now.',
    exit: exits.usage,
  })

function worldOf(existing: Existing): WorldSpec {
  return {
    accounts: accountsOf(existing),
    vpcs: existing.vpcs.map(({ accountId, ...vpc }) => ({ ...vpc, account: accountId })),
    loadBalancers: existing.loadBalancers.map(({ accountId, port, targets, ...balancer }) => ({
      ...balancer,
      account: accountId,
      listeners: [{ port, targets }],
    })),
    endpoints: existing.endpoints.map(({ accountId, ...endpoint }) => ({ ...endpoint, account: accountId })),
    privateApis: existing.privateApis.map(({ accountId, endpointIds, ...api }) => ({
      ...api,
      account: accountId,
      policy: JSON.stringify(allowing(endpointIds)),
    })),
    secrets: existing.secrets.map(({ accountId, kind, name, ...secret }) => ({
      ...secret,
      account: accountId,
      holds: { kind, name },
    })),
    functions: existing.functions.map(({ accountId, ...one }) => ({ ...one, account: accountId })),
    hosts: existing.hosts.map((host) => ({ ...host, vpcId: 'outside' })),
    names: existing.names,
    certificates: existing.certificates.map(({ accountId, ...one }) => ({ ...one, account: accountId })),
  }
}

/** The resource policy that AWS's guide recommends, letting in these endpoints only. */
const allowing = (endpointIds: string[]): object => {
  const everything = { Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*' }
  const Condition = { StringNotEquals: { 'aws:SourceVpce': endpointIds } }
  return {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', ...everything },
      { Effect: 'Deny', ...everything, Condition },
    ],
  }
}

function accountsOf({ accounts, logging }: Existing): NonNullable<WorldSpec['accounts']> {
  return accounts.map(({ id, roleArn, externalId }) => ({
    id,
    cloudwatchRoleArns: Object.fromEntries(
      logging
        .filter(({ accountId }) => accountId === id)
        .map((one) => [one.region, `arn:${partitionOf(one.region)}:iam::${id}:role/api-gateway-logs`]),
    ),
    roles:
      roleArn === undefined
        ? []
        : [{ arn: roleArn, trusts: operator, ...(externalId !== undefined && { externalId }) }],
  }))
}
