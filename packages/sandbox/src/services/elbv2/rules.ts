import { ownOf } from '../../reads/own-resources.ts'
import { createHash } from 'node:crypto'

import type {
  CreateRuleInput,
  CreateRuleOutput,
  DeleteRuleInput,
  DescribeRulesInput,
  DescribeRulesOutput,
  ModifyRuleInput,
  ModifyRuleOutput,
  Rule as ShownRule,
  SetRulePrioritiesInput,
  SetRulePrioritiesOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { type Call, operation } from '../operation.ts'
import { newId } from '../../state/world.ts'
import { getListener, getLoadBalancer, getRule, invalid, page, readTags } from './lookup.ts'
import { AwsError } from '../../state/aws-error.ts'
import { outcomeOf, readOutcome, showOutcome } from './outcomes.ts'
import { readConditions, readTransforms, showCondition, showTransform } from './rule-parts.ts'
import type { Listener, Rule } from '../../state/elbv2.ts'
import { existing, onThe, makes, newNames } from './required-permissions.ts'

/** Rules per load balancer, not counting default rules ("Quotas for your Application Load Balancers"). */
const most = 100

export const ruleOperations = {
  CreateRule: operation<CreateRuleInput, CreateRuleOutput>()(
    ['ListenerArn', 'Conditions', 'Priority', 'Actions', 'Transforms', 'Tags'],
    makes(newNames.rule, onThe('ListenerArn')),
    ({ ListenerArn, Conditions, Priority, Actions, Transforms, Tags }, call) => {
      const listener = getListener(call, ListenerArn)
      const balancer = getLoadBalancer(call, listener.loadBalancerArn)
      if (balancer.type !== 'application') throw invalid('The sandbox models rules of Application Load Balancers only')
      const wanted = {
        listenerArn: listener.arn,
        priority: readPriority(Priority),
        conditions: readConditions(Conditions),
        transforms: readTransforms(Transforms),
        ...readOutcome(call, balancer, Actions),
      }
      const siblings = rulesOf(call, listener)
      if (siblings.some(({ priority }) => priority === wanted.priority)) throw inUse(wanted.priority)
      const all = Object.values(call.world.elbv2.rules).filter(
        (one) => call.world.elbv2.listeners[one.listenerArn]?.loadBalancerArn === balancer.arn,
      )
      if (all.length >= most) throw new AwsError('TooManyRules', `A load balancer cannot have more than ${most} rules`)
      const made: Rule = {
        ...wanted,
        arn: `${ruleArnOf(listener)}/${newId(call.world, '', 16)}`,
        account: call.account,
        region: call.region,
        createdAt: call.now,
        tags: readTags(Tags),
      }
      call.world.elbv2.rules[made.arn] = made
      return { Rules: [show(made)] }
    },
  ),

  DescribeRules: operation<DescribeRulesInput, DescribeRulesOutput>()(
    ['ListenerArn', 'RuleArns', 'Marker', 'PageSize'],
    '*',
    ({ ListenerArn, RuleArns, Marker, PageSize }, call) => {
      if ((ListenerArn === undefined) === !RuleArns?.length)
        throw invalid('You must specify either listener rule ARNs or a listener ARN')
      const [shown, NextMarker] = page(
        RuleArns?.length ? RuleArns.map((arn) => byArn(call, arn)) : ofListener(call, getListener(call, ListenerArn)),
        Marker,
        PageSize,
      )
      return { Rules: shown, NextMarker }
    },
  ),

  ModifyRule: operation<ModifyRuleInput, ModifyRuleOutput>()(
    ['RuleArn', 'Conditions', 'Actions', 'Transforms', 'ResetTransforms'],
    onThe('RuleArn'),
    ({ RuleArn, Conditions, Actions, Transforms, ResetTransforms }, call) => {
      const found = getRule(call, RuleArn)
      if (Transforms !== undefined && ResetTransforms === true)
        throw invalid('You cannot specify both transforms and their reset')
      const { arn, listenerArn, priority, account, region, createdAt, tags } = found
      const balancer = getLoadBalancer(call, getListener(call, listenerArn).loadBalancerArn)
      const changed: Rule = {
        arn,
        listenerArn,
        priority,
        account,
        region,
        createdAt,
        tags,
        conditions: Conditions === undefined ? found.conditions : readConditions(Conditions),
        transforms:
          ResetTransforms === true ? [] : Transforms === undefined ? found.transforms : readTransforms(Transforms),
        ...(Actions === undefined ? outcomeOf(found) : readOutcome(call, balancer, Actions)),
      }
      call.world.elbv2.rules[arn] = changed
      return { Rules: [show(changed)] }
    },
  ),

  DeleteRule: operation<DeleteRuleInput, object>()(['RuleArn'], onThe('RuleArn'), ({ RuleArn }, call) => {
    delete call.world.elbv2.rules[getRule(call, RuleArn).arn]
    return {}
  }),

  SetRulePriorities: operation<SetRulePrioritiesInput, SetRulePrioritiesOutput>()(
    ['RulePriorities'],
    ({ RulePriorities = [] }, call) => RulePriorities.map(({ RuleArn }) => existing(call, RuleArn)),
    ({ RulePriorities = [] }, call) => {
      const wanted = RulePriorities.map(({ RuleArn, Priority }) => ({
        rule: getRule(call, RuleArn),
        priority: readPriority(Priority),
      }))
      const moved = new Set(wanted.map(({ rule }) => rule))
      for (const { rule, priority } of wanted) {
        const listener = getListener(call, rule.listenerArn)
        const taken =
          rulesOf(call, listener).some((one) => !moved.has(one) && one.priority === priority) ||
          wanted.some((one) => one.rule !== rule && one.rule.listenerArn === listener.arn && one.priority === priority)
        if (taken) throw inUse(priority)
      }
      for (const { rule, priority } of wanted) rule.priority = priority
      return { Rules: wanted.map(({ rule }) => show(rule)) }
    },
  ),
}

/** 1 to 50000 (API_CreateRule). */
function readPriority(priority: number | undefined): number {
  if (priority === undefined || !(priority >= 1 && priority <= 50_000))
    throw invalid(`Rule priority '${priority}' must be between 1 and 50000`)
  return priority
}

const inUse = (priority: number) => new AwsError('PriorityInUse', `Priority '${priority}' is currently in use`)

const ruleArnOf = ({ arn }: Listener): string => arn.replace(':listener/', ':listener-rule/')

const rulesOf = (call: Call, { arn }: Listener): Rule[] =>
  ownOf(call, call.world.elbv2.rules).filter((one) => one.listenerArn === arn)

/** Sorts rules by priority; the default rule, which is the listener's own, comes last. */
const ofListener = (call: Call, listener: Listener): ShownRule[] => [
  ...rulesOf(call, listener)
    .sort((a, b) => a.priority - b.priority)
    .map(show),
  showDefault(listener),
]

const defaultArnOf = (listener: Listener): string =>
  `${ruleArnOf(listener)}/${createHash('sha256').update(listener.arn).digest('hex').slice(0, 16)}`

function byArn(call: Call, arn: string): ShownRule {
  const listener = ownOf(call, call.world.elbv2.listeners).find((one) => defaultArnOf(one) === arn)
  return listener ? showDefault(listener) : show(getRule(call, arn))
}

const showDefault = (listener: Listener): ShownRule => ({
  RuleArn: defaultArnOf(listener),
  Priority: 'default',
  Conditions: [],
  Actions: showOutcome(listener),
  IsDefault: true,
})

const show = (one: Rule): ShownRule => ({
  RuleArn: one.arn,
  Priority: String(one.priority),
  Conditions: one.conditions.map(showCondition),
  Actions: showOutcome(one),
  IsDefault: false,
  ...(one.transforms.length > 0 && { Transforms: one.transforms.map(showTransform) }),
})
