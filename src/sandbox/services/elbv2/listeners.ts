import type {
  Action,
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

import { type Call, operation } from '../../protocol/operation.ts'
import { newId } from '../../world.ts'
import * as find from './lookup.ts'
import type { Listener, LoadBalancer, TargetGroup } from './state.ts'

const { invalid, refuse } = find

/** Listeners per load balancer ("Quotas for your Network Load Balancers"). */
const most = 50

/** TCP idle timeout: 60 to 6000 seconds, 350 by default (API_ListenerAttribute). */
const attributeRules = { 'tcp.idle_timeout.seconds': /^([6-9]\d|[1-9]\d{2}|[1-5]\d{3}|6000)$/ }

const withDefaults = (one: Listener) => ({ 'tcp.idle_timeout.seconds': '350', ...one.attributes })

export const listenerOperations = {
  CreateListener: operation<CreateListenerInput, CreateListenerOutput>()(
    ['LoadBalancerArn', 'Protocol', 'Port', 'DefaultActions', 'Tags'],
    ({ LoadBalancerArn, Protocol, Port, DefaultActions, Tags }, call) => {
      const balancer = find.loadBalancer(call, LoadBalancerArn)
      if (balancer.type !== 'network') throw invalid('The sandbox models listeners of Network Load Balancers only')
      const wanted = readListener(call, balancer, { Protocol, Port, DefaultActions })
      const siblings = listenersOf(call, balancer)
      const same = siblings.find((one) => one.port === wanted.port)
      if (same && (same.targetGroupArn !== wanted.targetGroupArn || same.protocol !== wanted.protocol))
        throw duplicate(balancer)
      if (!same && siblings.length >= most)
        throw refuse('TooManyListeners', `The load balancer '${balancer.arn}' cannot have more than ${most} listeners`)
      return { Listeners: [show(same ?? create(call, balancer, wanted, find.readTags(Tags)))] }
    },
  ),

  DescribeListeners: operation<DescribeListenersInput, DescribeListenersOutput>()(
    ['LoadBalancerArn', 'ListenerArns', 'Marker', 'PageSize'],
    ({ LoadBalancerArn, ListenerArns, Marker, PageSize }, call) => {
      if (LoadBalancerArn === undefined && !ListenerArns?.length)
        throw invalid('You must specify either listener ARNs or a load balancer ARN')
      const chosen = ListenerArns?.length
        ? ListenerArns.map((arn) => find.listener(call, arn))
        : listenersOf(call, find.loadBalancer(call, LoadBalancerArn))
      const [shown, NextMarker] = find.page(chosen, Marker, PageSize)
      return { Listeners: shown.map(show), NextMarker }
    },
  ),

  ModifyListener: operation<ModifyListenerInput, ModifyListenerOutput>()(
    ['ListenerArn', 'Protocol', 'Port', 'DefaultActions'],
    ({ ListenerArn, Protocol, Port, DefaultActions }, call) => {
      const found = find.listener(call, ListenerArn)
      const balancer = find.loadBalancer(call, found.loadBalancerArn)
      const wanted = readListener(call, balancer, {
        // A listener's protocol was read from a request that the SDK's enum describes.
        Protocol: Protocol ?? (found.protocol as ProtocolEnum),
        Port: Port ?? found.port,
        DefaultActions: DefaultActions ?? [
          { Type: 'forward', TargetGroupArn: found.targetGroupArn, Order: found.order },
        ],
      })
      if (listenersOf(call, balancer).some((one) => one !== found && one.port === wanted.port))
        throw duplicate(balancer)
      Object.assign(found, wanted)
      return { Listeners: [show(found)] }
    },
  ),

  DeleteListener: operation<DeleteListenerInput, object>()(['ListenerArn'], ({ ListenerArn }, call) => {
    delete call.world.elbv2.listeners[find.listener(call, ListenerArn).arn]
    return {}
  }),

  DescribeListenerAttributes: operation<DescribeListenerAttributesInput, DescribeListenerAttributesOutput>()(
    ['ListenerArn'],
    ({ ListenerArn }, call) => ({ Attributes: find.showPairs(withDefaults(find.listener(call, ListenerArn))) }),
  ),

  ModifyListenerAttributes: operation<ModifyListenerAttributesInput, ModifyListenerAttributesOutput>()(
    ['ListenerArn', 'Attributes'],
    ({ ListenerArn, Attributes }, call) => {
      const found = find.listener(call, ListenerArn)
      Object.assign(found.attributes, find.readAttributes(Attributes, attributeRules))
      return { Attributes: find.showPairs(withDefaults(found)) }
    },
  ),
}

type Wanted = Pick<Listener, 'protocol' | 'port' | 'targetGroupArn' | 'order'>

function readListener(
  call: Call,
  balancer: LoadBalancer,
  { Protocol, Port, DefaultActions }: Pick<CreateListenerInput, 'Protocol' | 'Port' | 'DefaultActions'>,
): Wanted {
  if (Protocol === undefined) throw invalid('A listener protocol must be specified')
  if (Protocol !== 'TCP')
    throw refuse('UnsupportedProtocol', `The sandbox does not model listeners of protocol ${Protocol}`)
  if (Port === undefined || Port < 1 || Port > 65_535)
    throw invalid('A listener port between 1 and 65535 must be specified')
  const [action, ...others] = DefaultActions ?? []
  if (!action || others.length > 0) throw invalid('Exactly one default action must be specified')
  if (action.Type !== 'forward')
    throw refuse(
      'InvalidLoadBalancerAction',
      `The action type '${action.Type}' is not valid with Network Load Balancer`,
    )
  const group = find.targetGroup(call, targetGroupArnOf(action))
  checkGroup(call, balancer, group)
  return {
    protocol: Protocol,
    port: Port,
    targetGroupArn: group.arn,
    ...(action.Order !== undefined && { order: action.Order }),
  }
}

function targetGroupArnOf({ TargetGroupArn, ForwardConfig }: Action): string | undefined {
  const groups = ForwardConfig?.TargetGroups ?? []
  if (groups.length > 1) throw invalid('The sandbox does not model forward actions to several target groups')
  return TargetGroupArn ?? groups[0]?.TargetGroupArn
}

function checkGroup(call: Call, balancer: LoadBalancer, group: TargetGroup): void {
  if (group.vpcId !== balancer.vpcId) {
    const message = `The target group '${group.arn}' is not in the VPC '${balancer.vpcId}' of the load balancer`
    throw refuse('InvalidConfigurationRequest', message)
  }
  const others = Object.values(call.world.elbv2.listeners).filter((one) => one.targetGroupArn === group.arn)
  if (others.some((one) => one.loadBalancerArn !== balancer.arn)) {
    const message = `The following target groups cannot be associated with more than one load balancer: ${group.arn}`
    throw refuse('TargetGroupAssociationLimit', message)
  }
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
  refuse('DuplicateListener', `A listener already exists on this port for this load balancer '${balancer.arn}'`)

const listenersOf = (call: Call, balancer: LoadBalancer): Listener[] =>
  find.ownOf(call, call.world.elbv2.listeners).filter((one) => one.loadBalancerArn === balancer.arn)

const show = (one: Listener): ShownListener => ({
  ListenerArn: one.arn,
  LoadBalancerArn: one.loadBalancerArn,
  Port: one.port,
  // Read from a request that the SDK's enum describes.
  Protocol: one.protocol as ProtocolEnum,
  DefaultActions: [
    { Type: 'forward', TargetGroupArn: one.targetGroupArn, ...(one.order !== undefined && { Order: one.order }) },
  ],
})
