import { executeApiName } from '../aws/partition.ts'
import {
  CreateRuleCommand,
  DeleteRuleCommand,
  ModifyRuleCommand,
  type RuleTransform,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import * as z from 'zod'
import type { Aws } from '../aws/aws.ts'
import { defineStep } from '../aws/define-step.ts'
import { tagList } from '../aws/tags.ts'
import { differs, minutes, seconds } from '../engine/step.ts'
import { given, ownerOf, seek } from './shared/ownership.ts'
import { during, owned, requestedWithin } from '../aws/permissions/conditions.ts'
import { describe, permission } from '../aws/permissions/permission.ts'
import { elb } from '../aws/permissions/resources.ts'
import { mtlsListener } from './mtls-listener.ts'

interface Inputs {
  listenerArn: string
  /** The name that clients call. */
  name: string
  targetGroupArn: string
  /** The private API and its stage, which comes before the path. */
  apiId: string
  stageName: string
}

/** The only rule of its listener. */
const priority = 1

/**
 * The rule that leads calls of the proxy's name to the private API, in the API's own name: API Gateway tells APIs apart
 * by the Host header, which an Application Load Balancer otherwise passes on as it is. The default action takes no such
 * rewrite ("Transforms for listener rules", ALB guide).
 */
export const rewriteRule = defineStep<Inputs>()({
  id: 'rewrite-rule',
  title: 'Rule that calls the private API in its own name',
  facts: z.object({ ruleArn: z.string(), listenerArn: z.string() }),
  permissions: {
    read: [describe('elasticloadbalancing:DescribeRules', 'elasticloadbalancing:DescribeTags')],
    create: [
      permission(
        'MakeRules',
        ['elasticloadbalancing:CreateRule'],
        elb('listener/app/PREFIX*/*'),
        requestedWithin,
        () => [mtlsListener],
      ),
      permission(
        'TagRules',
        ['elasticloadbalancing:AddTags'],
        elb('listener-rule/app/PREFIX*/*'),
        during('elasticloadbalancing:CreateAction', 'CreateRule'),
      ),
    ],
    update: [permission('OwnRules', ['elasticloadbalancing:ModifyRule'], elb('listener-rule/app/PREFIX*/*'), owned)],
    delete: [permission('OwnRules', ['elasticloadbalancing:DeleteRule'], elb('listener-rule/app/PREFIX*/*'), owned)],
  },
  patience: { upTo: minutes(2), every: seconds(5) },

  async read(sight) {
    const { aws, inputs, known, identity } = sight
    const listenerArn = inputs.listenerArn ?? known?.listenerArn
    if (listenerArn === undefined) return { state: 'absent' }
    const rules = await aws.reads.rules({ listenerArn })
    const found = await seek(sight, known?.ruleArn, {
      byId: async (arn) => rules.filter(({ RuleArn }) => RuleArn === arn),
      byMark: async () => rules.filter(({ tags }) => identity.matches(tags)),
      byName: async () => rules.filter(({ Priority }) => Priority === String(priority)),
    })
    if (found === undefined) return { state: 'absent' }
    const { name, apiId, stageName, targetGroupArn } = inputs
    const conditions = found.Conditions?.map(({ Field, Values, HostHeaderConfig }) => [
      Field,
      ...(HostHeaderConfig?.Values ?? Values ?? []),
    ])
    return {
      state: 'ready',
      owner: ownerOf(identity, found.tags),
      facts: { ruleArn: given(found.RuleArn, 'the ARN of the rule'), listenerArn },
      drift: [
        ...differs('conditions', conditions, name === undefined ? undefined : [['host-header', name]]),
        ...differs('targetGroupArn', found.Actions?.[0]?.TargetGroupArn, targetGroupArn),
        ...differs(
          'transforms',
          found.Transforms?.map(rewriteOf),
          apiId && stageName && transforms(executeApiName(aws, apiId), stageName).map(rewriteOf),
        ),
      ],
    }
  },

  async create({ aws, inputs, identity }) {
    const { listenerArn: ListenerArn } = inputs
    const { Rules: [made] = [] } = await aws.elbv2(
      new CreateRuleCommand({
        ListenerArn,
        Priority: priority,
        ...settings(aws, inputs),
        Tags: tagList(identity.tags),
      }),
    )
    return { ruleArn: given(made?.RuleArn, 'the ARN of the rule'), listenerArn: ListenerArn }
  },

  async update({ aws, inputs, facts: { ruleArn: RuleArn } }) {
    await aws.elbv2(new ModifyRuleCommand({ RuleArn, ...settings(aws, inputs) }))
  },

  async delete({ aws, known }) {
    await aws.elbv2(new DeleteRuleCommand({ RuleArn: known.ruleArn }))
  },
})

const settings = (aws: Aws, inputs: Inputs) => ({
  Conditions: [{ Field: 'host-header', HostHeaderConfig: { Values: [inputs.name] } }],
  Actions: [{ Type: 'forward' as const, TargetGroupArn: inputs.targetGroupArn }],
  Transforms: transforms(executeApiName(aws, inputs.apiId), inputs.stageName),
})

/** Patterns that match once whatever there is; a URL is the path and, after it, the query. */
const transforms = (host: string, stageName: string): RuleTransform[] => [
  { Type: 'host-header-rewrite', HostHeaderRewriteConfig: { Rewrites: [{ Regex: '^.+$', Replace: host }] } },
  { Type: 'url-rewrite', UrlRewriteConfig: { Rewrites: [{ Regex: '^/(.*)$', Replace: `/${stageName}/$1` }] } },
]

const rewriteOf = ({ Type, HostHeaderRewriteConfig, UrlRewriteConfig }: RuleTransform) => ({
  type: Type,
  rewrites: (HostHeaderRewriteConfig ?? UrlRewriteConfig)?.Rewrites?.map(({ Regex, Replace }) => ({ Regex, Replace })),
})
