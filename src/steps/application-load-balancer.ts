import type { LoadBalancer } from '@aws-sdk/client-elastic-load-balancing-v2'
import type { SecurityGroup } from '@aws-sdk/client-ec2'
import ipaddr from 'ipaddr.js'
import * as z from 'zod'
import type { Aws } from '../aws/aws.ts'
import { defineStep } from '../aws/define-step.ts'
import type { Tagged } from '../aws/batched-reads.ts'
import { type Finding, minutes, seconds } from '../engine/step.ts'
import type { ErrorCode } from '../error-codes.ts'
import { exits, PrivlinkError } from '../errors.ts'
import { given, stateOf } from './shared/ownership.ts'
import { describe } from '../aws/permissions/permission.ts'

/** How the config points at the application's load balancer; `service` is a Kubernetes Service as namespace/name. */
export type BalancerPointer = { arn: string } | { name: string } | { service: string }

interface Inputs {
  pointer: BalancerPointer
  port: number
  /** CIDR blocks of the subnets from which calls will come through PrivateLink. */
  callers: string[]
}

/**
 * The application's own Network Load Balancer, such as one that Kubernetes made for a Service. Never changed. An
 * endpoint service needs an active Network Load Balancer (CreateVpcEndpointServiceConfiguration).
 */
export const applicationLoadBalancer = defineStep<Inputs>()({
  id: 'application-load-balancer',
  title: "The application's load balancer",
  facts: z.object({
    loadBalancerArn: z.string(),
    dnsName: z.string(),
    vpcId: z.string(),
    zoneIds: z.array(z.string()),
    securityGroupIds: z.array(z.string()),
    enforced: z.boolean(),
  }),
  permissions: {
    read: [
      describe(
        'elasticloadbalancing:DescribeLoadBalancers',
        'elasticloadbalancing:DescribeTags',
        'elasticloadbalancing:DescribeListeners',
        'ec2:DescribeSubnets',
      ),
    ],
    check: [describe('ec2:DescribeSecurityGroups')],
  },
  patience: { upTo: minutes(10), every: seconds(10) },

  async read({ aws, inputs }) {
    const { pointer, port } = inputs
    if (pointer === undefined || port === undefined) return { state: 'absent' }
    const balancer = await lookUp(aws, pointer)
    const arn = given(balancer.LoadBalancerArn, 'the ARN of the load balancer')
    const state = stateOf(balancer.State?.Code)
    if (state === 'provisioning') return { state: 'pending', owner: 'other', why: `${arn} is provisioning` }
    if (state === 'failed') return { state: 'broken', owner: 'other', why: `${arn} has failed`, fix: 'ask' }
    const subnetIds = (balancer.AvailabilityZones ?? []).flatMap(({ SubnetId }) => SubnetId ?? [])
    const [listeners, ...subnets] = await Promise.all([
      aws.reads.listeners({ loadBalancerArn: arn }),
      ...subnetIds.map((id) => aws.reads.subnets({ id })),
    ])
    const ports = listeners.map((listener) => listener.Port)
    if (!ports.includes(port)) {
      throw wrong(
        'NoListenerOnPort',
        `${arn} has no listener on port ${port}; it listens on ${ports.join(', ') || 'none'}`,
      )
    }
    const securityGroupIds = balancer.SecurityGroups ?? []
    const facts = {
      loadBalancerArn: arn,
      dnsName: balancer.DNSName ?? '',
      vpcId: balancer.VpcId ?? '',
      zoneIds: [...new Set(subnets.flat().flatMap(({ AvailabilityZoneId }) => AvailabilityZoneId ?? []))].sort(),
      securityGroupIds,
      // On unless it was turned off, and only where there are groups (NLB guide, "Security groups").
      enforced: securityGroupIds.length > 0 && balancer.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic !== 'off',
    }
    return { state: 'ready', owner: 'other', facts }
  },

  async check({ aws, inputs, facts }) {
    if (!facts.enforced) return []
    const groups = await Promise.all(facts.securityGroupIds.map((id) => aws.reads.securityGroups({ id })))
    return [enforcement(groups.flat(), inputs)]
  },
})

/**
 * Enforced inbound rules see the caller's private address in its own VPC (NLB guide, "Security groups": PrivateLink
 * traffic), so a rule that admits only the load balancer's VPC drops every call.
 */
function enforcement(groups: readonly SecurityGroup[], { port, callers }: Inputs): Finding {
  const check = 'Inbound rules on PrivateLink traffic'
  const shutOut = callers.filter((block) => !groups.some((group) => admits(group, port, block)))
  if (shutOut.length === 0) return { check, verdict: 'ok' }
  return {
    check,
    verdict: 'failed',
    hop: 'application load balancer',
    evidence: `its security groups do not admit ${shutOut.join(', ')} on TCP port ${port}`,
    hint: 'Admit them, or turn EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic off on this load balancer.',
  }
}

const admits = (group: SecurityGroup, port: number, block: string): boolean =>
  (group.IpPermissions ?? []).some(
    ({ IpProtocol, FromPort = 0, ToPort = 65_535, IpRanges = [] }) =>
      (IpProtocol === '-1' || (IpProtocol === 'tcp' && FromPort <= port && port <= ToPort)) &&
      IpRanges.some(({ CidrIp }) => CidrIp !== undefined && contains(CidrIp, block)),
  )

function contains(outer: string, inner: string): boolean {
  const [network, bits] = ipaddr.IPv4.parseCIDR(outer)
  const [address, innerBits] = ipaddr.IPv4.parseCIDR(inner)
  return bits <= innerBits && address.match(network, bits)
}

async function lookUp(aws: Aws, pointer: BalancerPointer): Promise<LoadBalancer & Tagged> {
  const named = 'arn' in pointer ? pointer.arn : 'name' in pointer ? pointer.name : pointer.service
  const found = await candidates(aws, pointer)
  const [balancer, ...others] = found
  if (balancer === undefined)
    throw wrong('LoadBalancerNotFound', `${named} has no load balancer in account ${aws.name}`)
  if (others.length > 0) {
    throw wrong('LoadBalancerAmbiguous', `${named} has ${found.length} load balancers in account ${aws.name}`)
  }
  if (balancer.Type !== 'network') {
    throw wrong(
      'NotANetworkLoadBalancer',
      `${named} is of type ${balancer.Type}; an endpoint service needs type network`,
    )
  }
  if (balancer.Scheme !== 'internal') throw wrong('NotInternal', `${named} is ${balancer.Scheme}; it must be internal`)
  return balancer
}

/**
 * Kubernetes' own controller tags with `kubernetes.io/service-name`, the AWS Load Balancer Controller with
 * `service.k8s.aws/stack`; both hold namespace/name (assumed from their documentation).
 */
async function candidates(aws: Aws, pointer: BalancerPointer): Promise<(LoadBalancer & Tagged)[]> {
  if ('arn' in pointer) return aws.reads.loadBalancers({ arn: pointer.arn })
  if ('name' in pointer) return aws.reads.loadBalancers({ name: pointer.name })
  const all = await aws.reads.loadBalancers({ all: true })
  return all.filter(({ tags }) =>
    [tags['kubernetes.io/service-name'], tags['service.k8s.aws/stack']].includes(pointer.service),
  )
}

const wrong = (code: ErrorCode, message: string): PrivlinkError =>
  new PrivlinkError(code, message, {
    exit: exits.usage,
    hint: 'Correct "application" in the config: loadBalancerArn, loadBalancerName or service, and port.',
  })
