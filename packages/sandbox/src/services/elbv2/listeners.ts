import { ownOf } from '../../reads/own-resources.ts'
import { toPairs } from '../tags.ts'
import type {
  CreateListenerInput,
  CreateListenerOutput,
  DeleteListenerInput,
  DescribeListenerAttributesInput,
  DescribeListenerAttributesOutput,
  DescribeListenersInput,
  DescribeListenersOutput,
  Listener as ShownListener,
  ModifyListenerAttributesInput,
  ModifyListenerAttributesOutput,
  ModifyListenerInput,
  ModifyListenerOutput,
  ProtocolEnum,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { type Call, operation } from '../operation.ts'
import { newId } from '../../state/world.ts'
import type { ResourceBase } from '../../state/resource.ts'
import { getListener, getLoadBalancer, invalid, page, patterns, readAttributes, readTags } from './lookup.ts'
import { AwsError } from '../../state/aws-error.ts'
import { outcomeOf, readOutcome, removeListener, showOutcome } from './outcomes.ts'
import { readSecure, showMutualAuthentication } from './secure-listeners.ts'
import type { Listener, LoadBalancer } from '../../state/elbv2.ts'
import { onThe, makes, newNames } from './required-permissions.ts'

/** Listeners per load balancer ("Quotas for your Network Load Balancers"). */
const most = 50

/** Members of a request that are for HTTPS. */
const secureMembers = ['Certificates', 'SslPolicy', 'MutualAuthentication'] as const

/** Attributes with their defaults and what they may be (API_ListenerAttribute); of HTTP, only that one is modelled. */
const attributesOf = ({ protocol }: Listener): Record<string, readonly [value: string, rule: RegExp]> =>
  protocol === 'TCP'
    ? { 'tcp.idle_timeout.seconds': ['350', /^([6-9]\d|[1-9]\d{2}|[1-5]\d{3}|6000)$/] }
    : { 'routing.http.response.server.enabled': ['true', patterns.flag] }

const withDefaults = (one: Listener): Record<string, string> => ({
  ...Object.fromEntries(Object.entries(attributesOf(one)).map(([key, [value]]) => [key, value])),
  ...one.attributes,
})

export const listenerOperations = {
  CreateListener: operation<CreateListenerInput, CreateListenerOutput>()(
    ['LoadBalancerArn', 'Protocol', 'Port', 'DefaultActions', 'Tags', ...secureMembers],
    makes(newNames.listener, onThe('LoadBalancerArn')),
    ({ LoadBalancerArn, Tags, ...input }, call) => {
      const balancer = getLoadBalancer(call, LoadBalancerArn)
      const wanted = readListener(call, balancer, input)
      const siblings = listenersOf(call, balancer)
      const same = siblings.find((one) => one.port === wanted.port)
      if (same && !isSame(same, wanted)) throw duplicate(balancer)
      if (!same && siblings.length >= most)
        throw new AwsError(
          'TooManyListeners',
          `The load balancer '${balancer.arn}' cannot have more than ${most} listeners`,
        )
      return { Listeners: [show(same ?? create(call, balancer, wanted, readTags(Tags)))] }
    },
  ),

  DescribeListeners: operation<DescribeListenersInput, DescribeListenersOutput>()(
    ['LoadBalancerArn', 'ListenerArns', 'Marker', 'PageSize'],
    '*',
    ({ LoadBalancerArn, ListenerArns, Marker, PageSize }, call) => {
      if (LoadBalancerArn === undefined && !ListenerArns?.length)
        throw invalid('You must specify either listener ARNs or a load balancer ARN')
      const chosen = ListenerArns?.length
        ? ListenerArns.map((arn) => getListener(call, arn))
        : listenersOf(call, getLoadBalancer(call, LoadBalancerArn))
      const [shown, NextMarker] = page(chosen, Marker, PageSize)
      return { Listeners: shown.map(show), NextMarker }
    },
  ),

  ModifyListener: operation<ModifyListenerInput, ModifyListenerOutput>()(
    ['ListenerArn', 'Protocol', 'Port', 'DefaultActions', ...secureMembers],
    onThe('ListenerArn'),
    ({ ListenerArn, Protocol, Port, ...input }, call) => {
      const found = getListener(call, ListenerArn)
      const balancer = getLoadBalancer(call, found.loadBalancerArn)
      const merged = {
        ...input,
        // A listener's protocol was read from a request that the SDK's enum describes.
        Protocol: Protocol ?? (found.protocol as ProtocolEnum),
        Port: Port ?? found.port,
      }
      const wanted = readListener(call, balancer, merged, found)
      if (listenersOf(call, balancer).some((one) => one !== found && one.port === wanted.port))
        throw duplicate(balancer)
      const { arn, loadBalancerArn, account, region, createdAt, attributes, tags } = found
      const changed = { ...wanted, arn, loadBalancerArn, account, region, createdAt, attributes, tags }
      call.world.elbv2.listeners[arn] = changed
      return { Listeners: [show(changed)] }
    },
  ),

  DeleteListener: operation<DeleteListenerInput, object>()(
    ['ListenerArn'],
    onThe('ListenerArn'),
    ({ ListenerArn }, call) => {
      removeListener(call.world, getListener(call, ListenerArn))
      return {}
    },
  ),

  DescribeListenerAttributes: operation<DescribeListenerAttributesInput, DescribeListenerAttributesOutput>()(
    ['ListenerArn'],
    '*',
    ({ ListenerArn }, call) => ({ Attributes: toPairs(withDefaults(getListener(call, ListenerArn))) }),
  ),

  ModifyListenerAttributes: operation<ModifyListenerAttributesInput, ModifyListenerAttributesOutput>()(
    ['ListenerArn', 'Attributes'],
    onThe('ListenerArn'),
    ({ ListenerArn, Attributes }, call) => {
      const found = getListener(call, ListenerArn)
      const rules = Object.entries(attributesOf(found)).map(([key, [, rule]]) => [key, rule] as const)
      Object.assign(found.attributes, readAttributes(Attributes, Object.fromEntries(rules)))
      return { Attributes: toPairs(withDefaults(found)) }
    },
  ),
}

type Wanted = Omit<Listener, 'arn' | 'loadBalancerArn' | 'attributes' | 'tags' | keyof ResourceBase>

type Input = Partial<Pick<CreateListenerInput, 'Protocol' | 'Port' | 'DefaultActions' | (typeof secureMembers)[number]>>

const protocols: Record<LoadBalancer['type'], string[]> = { network: ['TCP'], application: ['HTTP', 'HTTPS'] }

function readListener(call: Call, balancer: LoadBalancer, input: Input, before?: Listener): Wanted {
  const { Protocol, Port: port } = input
  if (Protocol === undefined) throw invalid('A listener protocol must be specified')
  if (!protocols[balancer.type].includes(Protocol))
    throw new AwsError(
      'UnsupportedProtocol',
      `The sandbox does not model listeners of protocol ${Protocol} on load balancers of type ${balancer.type}`,
    )
  if (port === undefined || port < 1 || port > 65_535)
    throw invalid('A listener port between 1 and 65535 must be specified')
  return {
    protocol: Protocol,
    port,
    ...(input.DefaultActions === undefined && before
      ? outcomeOf(before)
      : readOutcome(call, balancer, input.DefaultActions)),
    ...readSecure(call, { ...input, protocol: Protocol }, balancer.arn, before),
  }
}

/** Whether what is there is what a second creation asks for. */
const isSame = (one: Listener, wanted: Wanted): boolean => {
  const settings = ({ protocol, port, targetGroupArn, fixedResponse, ...rest }: Wanted) =>
    JSON.stringify([protocol, port, targetGroupArn, fixedResponse, rest.certificateArn, rest.mutualAuthentication])
  return settings(one) === settings(wanted)
}

function create(call: Call, balancer: LoadBalancer, wanted: Wanted, tags: Listener['tags']): Listener {
  const { world, account, region, now } = call
  const made: Listener = {
    ...wanted,
    arn: `${balancer.arn.replace(':loadbalancer/', ':listener/')}/${newId(world, '', 16)}`,
    loadBalancerArn: balancer.arn,
    account,
    region,
    createdAt: now,
    attributes: {},
    tags,
  }
  world.elbv2.listeners[made.arn] = made
  return made
}

const duplicate = (balancer: LoadBalancer) =>
  new AwsError('DuplicateListener', `A listener already exists on this port for this load balancer '${balancer.arn}'`)

const listenersOf = (call: Call, balancer: LoadBalancer): Listener[] =>
  ownOf(call, call.world.elbv2.listeners).filter((one) => one.loadBalancerArn === balancer.arn)

const show = (one: Listener): ShownListener => ({
  ListenerArn: one.arn,
  LoadBalancerArn: one.loadBalancerArn,
  Port: one.port,
  // Read from a request that the SDK's enum describes.
  Protocol: one.protocol as ProtocolEnum,
  DefaultActions: showOutcome(one),
  ...(one.certificateArn !== undefined && { Certificates: [{ CertificateArn: one.certificateArn }] }),
  ...(one.sslPolicy !== undefined && { SslPolicy: one.sslPolicy }),
  ...(one.mutualAuthentication && { MutualAuthentication: showMutualAuthentication(one.mutualAuthentication) }),
})
