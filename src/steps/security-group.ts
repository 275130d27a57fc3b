import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2'
import * as z from 'zod'
import { defineStep } from '../aws/define-step.ts'
import { isFailure } from '../aws/failures.ts'
import { tagMap, tagSpecification } from '../aws/tags.ts'
import { differs, minutes, seconds } from '../engine/step.ts'
import { given, ownerOf, seek } from './shared/ownership.ts'
import { compareRules, flatRules, permissionsOf, type Rule, rulesOf } from './shared/security-group-rules.ts'
import { during, owned, requested } from '../aws/permissions/conditions.ts'
import { type Action, describe, permission, when } from '../aws/permissions/permission.ts'
import { ec2, namedVpcs } from '../aws/permissions/resources.ts'

interface Inputs {
  vpcId: string
  description: string
  ingress: Rule[]
  egress: Rule[]
}

/**
 * A security group with exactly the rules that the way of a call needs. Its name is its idempotency token: it is unique
 * in a VPC, and CreateSecurityGroup takes no ClientToken (EC2 API reference).
 */
export const securityGroup = defineStep<Inputs>()({
  id: 'security-group',
  title: 'Security group',
  facts: z.object({ groupId: z.string() }),
  permissions: {
    read: [describe('ec2:DescribeSecurityGroups')],
    create: [
      permission('MakeGroups', ['ec2:CreateSecurityGroup'], ec2('security-group/*'), requested),
      permission('UseVpcs', ['ec2:CreateSecurityGroup'], namedVpcs),
      permission(
        'TagGroups',
        ['ec2:CreateTags'],
        ec2('security-group/*'),
        during('ec2:CreateAction', 'CreateSecurityGroup'),
      ),
    ],
    update: [
      permission(
        'OwnGroups',
        [
          'ec2:AuthorizeSecurityGroupIngress',
          'ec2:AuthorizeSecurityGroupEgress',
          'ec2:RevokeSecurityGroupIngress',
          'ec2:RevokeSecurityGroupEgress',
        ],
        ec2('security-group/*'),
        owned,
      ),
    ],
    delete: [permission('OwnGroups', ['ec2:DeleteSecurityGroup'], ec2('security-group/*'), owned)],
  },
  unneeded: ({ ingress, egress }): Action[] => [
    ...when(isNone(ingress), 'ec2:AuthorizeSecurityGroupIngress'),
    ...when(isNone(egress), 'ec2:AuthorizeSecurityGroupEgress'),
  ],
  // Groups wait for the interfaces of what used them: Terraform allows 15 minutes.
  patience: { upTo: minutes(15), every: seconds(2) },
  mergedInputs: ['ingress', 'egress'],

  async read(sight) {
    const { aws, inputs, known, identity } = sight
    const group = await seek(sight, known?.groupId, {
      byId: (id) => aws.reads.securityGroups({ id }),
      byMark: () => aws.reads.securityGroups({ identity }),
      byName: async () =>
        (await aws.reads.securityGroups({ name: identity.name })).filter(({ VpcId }) => VpcId === inputs.vpcId),
    })
    if (group === undefined) return { state: 'absent' }
    const { ingress, egress, vpcId } = inputs
    return {
      state: 'ready',
      owner: ownerOf(identity, tagMap(group.Tags)),
      facts: { groupId: given(group.GroupId, 'the id of the security group') },
      drift: [
        ...differs('vpcId', group.VpcId, vpcId, 'replace'),
        ...differs('ingress', rulesOf(group.IpPermissions), ingress && flatRules(ingress)),
        ...differs('egress', rulesOf(group.IpPermissionsEgress), egress && flatRules(egress)),
      ],
    }
  },

  async create({ aws, inputs, identity }) {
    const { GroupId } = await aws.ec2(
      new CreateSecurityGroupCommand({
        GroupName: identity.name,
        Description: inputs.description,
        VpcId: inputs.vpcId,
        TagSpecifications: [tagSpecification('security-group', identity)],
      }),
    )
    return { groupId: given(GroupId, 'the id of the security group') }
  },

  async update({ aws, inputs, facts: { groupId } }) {
    const [group] = await aws.reads.securityGroups({ id: groupId })
    const ingress = compareRules(rulesOf(group?.IpPermissions), flatRules(inputs.ingress))
    const egress = compareRules(rulesOf(group?.IpPermissionsEgress), flatRules(inputs.egress))
    const change = (rules: typeof ingress.missing) => ({ GroupId: groupId, IpPermissions: permissionsOf(rules) })
    // Wanted rules are added before unwanted ones are removed, so that a changed rule never leaves a gap.
    await onlyOnce(ingress.missing, () => aws.ec2(new AuthorizeSecurityGroupIngressCommand(change(ingress.missing))))
    await onlyOnce(egress.missing, () => aws.ec2(new AuthorizeSecurityGroupEgressCommand(change(egress.missing))))
    await onlyOnce(ingress.extra, () => aws.ec2(new RevokeSecurityGroupIngressCommand(change(ingress.extra))))
    await onlyOnce(egress.extra, () => aws.ec2(new RevokeSecurityGroupEgressCommand(change(egress.extra))))
  },

  async delete({ aws, known: { groupId } }) {
    await aws.ec2(new DeleteSecurityGroupCommand({ GroupId: groupId }))
  },
})

const isNone = (rules: unknown): boolean => Array.isArray(rules) && rules.length === 0

/**
 * Does nothing without rules. A rule that is there already, or already gone, is what a call leaves whose answer was
 * lost; the call as a whole had no effect then, and the next look tells what is left to do.
 */
async function onlyOnce(rules: readonly unknown[], change: () => Promise<unknown>): Promise<void> {
  if (rules.length === 0) return
  try {
    await change()
  } catch (thrown) {
    if (!isFailure(thrown, 'Duplicate', 'NotFound')) throw thrown
  }
}
