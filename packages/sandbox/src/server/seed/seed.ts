import { messageOf, SandboxError } from '../../state/errors.ts'
import { inBlock } from '../../reads/addresses.ts'
import { type Certificates, issueCertificate } from '../../network/tls.ts'
import { checkPolicy } from '../../reads/policy.ts'
import { type EndpointSpec, seedEndpoint } from './endpoint.ts'
import { type FunctionSpec, seedFunction } from './function.ts'
import { type LoadBalancerSpec, seedLoadBalancer } from './load-balancer.ts'
import { type PrivateApiSpec, seedPrivateApi } from './private-api.ts'
import { type LogGroupSpec, type SecretSpec, seedLogGroup, seedSecret, withValues } from './secret.ts'
import { type SecurityGroupSpec, seedSecurityGroup } from './security-group.ts'
import { addRouteTable } from '../../services/ec2/route-tables.ts'
import type { Route } from '../../state/ec2.ts'
import { addSubnet } from '../../services/ec2/subnets.ts'
import { addVpc } from '../../services/ec2/vpcs.ts'
import type { Tags, AccountRegion } from '../../state/resource.ts'
import type { Host, World } from '../../state/world.ts'
import type { CallContext } from '../../state/call-context.ts'
import { zoneMap } from '../../reads/zones.ts'

interface RoleSpec {
  arn: string
  /** Account whose principals may assume it, or a service such as `lambda.amazonaws.com`. */
  trusts: string
  /** The external id that AssumeRole then requires. */
  externalId?: string
  /** Identity policies, enforced on its sessions. Without any, the role may do everything. */
  policies?: object[]
}

interface SubnetSpec {
  subnetId: string
  cidr: string
  /**
   * Such as `use1-az1`; without it, the VPC's subnets take the region's zones in turn, in the same order everywhere.
   */
  zoneId?: string
  /** A route table of its own, beside the VPC's main one. */
  routes?: Route[]
}

interface VpcSpec extends AccountRegion {
  vpcId: string
  cidr: string
  subnets: SubnetSpec[]
  /** Both are true if absent, as private DNS of an interface endpoint needs them. */
  enableDnsSupport?: boolean
  enableDnsHostnames?: boolean
  /** Routes of the main route table, besides the local one: `{ destination: '10.9.0.0/16', target: 'tgw-...' }`. */
  routes?: Route[]
  tags?: Tags
}

/** The resources that exist before the first call. Each has been there, ready, for a day. */
export interface WorldSpec {
  accounts?: {
    id: string
    roles?: RoleSpec[]
    /** The role by which API Gateway writes logs, by Region. */
    cloudwatchRoleArns?: Record<string, string>
  }[]
  vpcs?: VpcSpec[]
  securityGroups?: SecurityGroupSpec[]
  loadBalancers?: LoadBalancerSpec[]
  endpoints?: EndpointSpec[]
  privateApis?: PrivateApiSpec[]
  functions?: FunctionSpec[]
  /** Servers in the network; the sandbox itself serves those without a `url`. */
  hosts?: Omit<Host, 'served'>[]
  names?: Record<string, string[]>
  /** Container images that can be pulled, besides those with nginx in their names. */
  images?: string[]
  /** Objects in S3 that others read. */
  objects?: { bucket: string; key: string; body: string; version?: string }[]
  /** Certificates of ACM. */
  certificates?: CertificateSpec[]
  secrets?: SecretSpec[]
  logGroups?: LogGroupSpec[]
}

/** A certificate with its key, both PEM; without them, the sandbox's own authority issues one for the name. */
interface CertificateSpec extends AccountRegion {
  arn: string
  name: string
  issued?: { certificate: string; key: string; chain?: string }
}

const day = 86_400_000

/** The account, Region and time of what a seed makes: a day before `now`. */
const contextOf = ({ account, region }: AccountRegion, now: number): CallContext => ({
  account,
  region,
  now: now - day,
})

/**
 * Adds what a specification says to a world.
 *
 * @throws SandboxError if it contradicts itself or AWS's rules, such as a subnet outside its VPC.
 */
export function seedWorld(world: World, spec: WorldSpec, now: number): void {
  const each = <T>(items: readonly T[] | undefined, what: string, add: (item: T) => void) => {
    for (const item of items ?? []) {
      try {
        add(item)
      } catch (thrown) {
        throw new SandboxError('InvalidSeed', `sandbox: ${what}: ${messageOf(thrown)}`, { cause: thrown })
      }
    }
  }
  each(spec.accounts, 'account', ({ id, roles = [], cloudwatchRoleArns = {} }) => {
    for (const role of roles) {
      const { arn, policies } = role
      for (const policy of policies ?? []) checkPolicy(policy)
      world.iam.roles[arn] = { account: id, trust: trustPolicy(role), ...(policies && { policies }) }
    }
    for (const [region, cloudwatchRoleArn] of Object.entries(cloudwatchRoleArns)) {
      const settings = world.apigateway.accounts
      settings[`${id} ${region}`] ??= { cloudwatchRoleArn }
    }
  })
  each(spec.vpcs, 'VPC', (vpc) => seedVpc(world, vpc, now))
  each(spec.securityGroups, 'security group', (group) => seedSecurityGroup(world, contextOf(group, now), group))
  // Before the load balancers and endpoints, whose interfaces must not take the hosts' addresses.
  each(spec.hosts, 'host', (host) => addHost(world, host))
  each(spec.loadBalancers, 'load balancer', ({ vpcId, listeners }) => {
    for (const { ip, port, host } of listeners.flatMap(({ targets }) => targets))
      if (host !== undefined) addHost(world, { vpcId: homeOf(world, vpcId, ip), ip, port, name: host })
  })
  each(spec.loadBalancers, 'load balancer', (one) => seedLoadBalancer(world, contextOf(one, now), one))
  each(spec.endpoints, 'endpoint', (endpoint) => seedEndpoint(world, contextOf(endpoint, now), endpoint))
  each(spec.privateApis, 'private API', (api) => seedPrivateApi(world, contextOf(api, now), api))
  each(spec.functions, 'function', (one) => seedFunction(world, contextOf(one, now), one))
  world.ecs.images.push(...(spec.images ?? []))
  for (const [name, addresses] of Object.entries(spec.names ?? {})) world.names[name.toLowerCase()] = addresses
  for (const { bucket, key, ...object } of spec.objects ?? []) world.s3.objects[`${bucket}/${key}`] = object
  each(spec.certificates, 'certificate', ({ arn, account, region, name, issued }) => {
    if (!issued) throw new Error(`${arn} has yet to be issued for ${name}`)
    world.acm.certificates[arn] = { account, region, ...issued }
  })
  each(spec.secrets, 'secret', (secret) => seedSecret(world, contextOf(secret, now), secret))
  each(spec.logGroups, 'log group', (group) => seedLogGroup(world, contextOf(group, now), group))
}

/** Completes a seed: the sandbox's own authority issues every certificate and secret that the seed only describes. */
export async function withCertificates(
  spec: WorldSpec,
  authority: Pick<Certificates, 'ca' | 'caKey'>,
): Promise<WorldSpec> {
  const certificates = (spec.certificates ?? []).map(async (one) => {
    if (one.issued) return one
    const { key, cert } = await issueCertificate(authority, [one.name])
    return { ...one, issued: { certificate: cert, key, chain: authority.ca } }
  })
  return {
    ...spec,
    certificates: await Promise.all(certificates),
    secrets: await withValues(spec.secrets ?? [], authority),
  }
}

const trustPolicy = ({ trusts, externalId }: RoleSpec): object => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: trusts.includes('.') ? { Service: trusts } : { AWS: `arn:aws:iam::${trusts}:root` },
      Action: 'sts:AssumeRole',
      ...(externalId === undefined ? {} : { Condition: { StringEquals: { 'sts:ExternalId': externalId } } }),
    },
  ],
})

function seedVpc(world: World, spec: VpcSpec, now: number): void {
  const context = contextOf(spec, now)
  const vpc = addVpc(world, context, { vpcId: spec.vpcId, cidrBlock: spec.cidr, tags: spec.tags ?? {} })
  vpc.enableDnsSupport = spec.enableDnsSupport ?? true
  vpc.enableDnsHostnames = spec.enableDnsHostnames ?? true
  const main = Object.values(world.ec2.routeTables).find((table) => table.vpcId === spec.vpcId && table.main)
  main?.routes.push(...(spec.routes ?? []))
  const zoneIds = Object.values(zoneMap(world, spec.account, spec.region)).sort()
  for (const [index, { subnetId, cidr, zoneId, routes }] of spec.subnets.entries()) {
    const zone = zoneId ?? zoneIds[index % zoneIds.length] ?? ''
    addSubnet(world, context, { subnetId, vpcId: spec.vpcId, cidrBlock: cidr, zoneId: zone })
    if (!routes) continue
    const table = addRouteTable(world, context, vpc, { main: false, tags: {} })
    table.subnetIds.push(subnetId)
    table.routes.push(...routes)
  }
}

function addHost(world: World, host: Host): void {
  if (world.hosts.some(({ vpcId, ip, port }) => vpcId === host.vpcId && ip === host.ip && port === host.port)) return
  world.hosts.push(host.url === undefined ? { ...host, served: true } : host)
}

/** A target outside its load balancer's VPC is a host of another network. */
function homeOf(world: World, vpcId: string, ip: string): string {
  const blocks = world.ec2.vpcs[vpcId]?.cidrBlocks ?? []
  return blocks.some((block) => inBlock(ip, block)) ? vpcId : 'outside'
}
