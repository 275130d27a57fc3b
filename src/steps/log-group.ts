import {
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  DescribeLogGroupsCommand,
  ListTagsForResourceCommand,
  type LogGroup,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import * as z from 'zod'
import type { Aws } from '../aws/aws.ts'
import { defineStep } from '../aws/define-step.ts'
import { allPages } from '../aws/batcher.ts'
import { differs, type Identity, minutes, seconds } from '../engine/step.ts'
import { given, ownerOf, seek, unlessLagging } from './shared/ownership.ts'
import { owned, requested } from '../aws/permissions/conditions.ts'
import { permission } from '../aws/permissions/permission.ts'
import { logGroups } from '../aws/permissions/resources.ts'

/** Where tasks write what they say. What has been written goes with it. */
export const logGroup = defineStep<{ retentionDays: number }>()({
  id: 'log-group',
  title: 'Log group',
  facts: z.object({ logGroupName: z.string(), logGroupArn: z.string() }),
  permissions: {
    read: [
      permission('LookAtLogGroups', ['logs:DescribeLogGroups', 'logs:ListTagsForResource'], logGroups('log-group:*')),
    ],
    create: [
      permission(
        'MakeLogGroups',
        ['logs:CreateLogGroup', 'logs:TagResource'],
        logGroups('log-group:/privlink/PREFIX*'),
        requested,
      ),
    ],
    update: [permission('OwnLogGroups', ['logs:PutRetentionPolicy'], logGroups('log-group:/privlink/PREFIX*'), owned)],
    delete: [permission('OwnLogGroups', ['logs:DeleteLogGroup'], logGroups('log-group:/privlink/PREFIX*'), owned)],
  },
  patience: { upTo: minutes(2), every: seconds(3) },

  async read(sight) {
    const { aws, inputs, known, identity } = sight
    const group = await seek(sight, known?.logGroupName, {
      byId: (name) => named(aws, name),
      byName: () => named(aws, nameOf(identity)),
    })
    if (group === undefined) return { state: 'absent' }
    const facts = factsOf(aws, given(group.logGroupName, 'the name of the log group'))
    const { tags } = await unlessLagging(
      aws.logs(new ListTagsForResourceCommand({ resourceArn: facts.logGroupArn })),
      'log group',
    )
    return {
      state: 'ready',
      owner: ownerOf(identity, tags),
      facts,
      drift: differs('retentionDays', group.retentionInDays ?? 'for ever', inputs.retentionDays),
    }
  },

  // The retention takes a call of its own: drift at first.
  async create({ aws, identity }) {
    const logGroupName = nameOf(identity)
    await aws.logs(new CreateLogGroupCommand({ logGroupName, tags: { ...identity.tags } }))
    return factsOf(aws, logGroupName)
  },

  async update({ aws, inputs: { retentionDays }, facts: { logGroupName } }) {
    await aws.logs(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: retentionDays }))
  },

  async delete({ aws, known: { logGroupName } }) {
    await aws.logs(new DeleteLogGroupCommand({ logGroupName }))
  },
})

const nameOf = ({ name }: Identity): string => `/privlink/${name}`

const factsOf = ({ partition, region, accountId }: Aws, logGroupName: string) => ({
  logGroupName,
  logGroupArn: `arn:${partition}:logs:${region}:${accountId}:log-group:${logGroupName}`,
})

/** AWS finds groups by what their names begin with. */
async function named(aws: Aws, name: string): Promise<LogGroup[]> {
  const groups = await allPages(async (nextToken) => {
    const page = await aws.logs(
      new DescribeLogGroupsCommand({ logGroupNamePrefix: name, ...(nextToken !== undefined && { nextToken }) }),
    )
    return { rows: page.logGroups, next: page.nextToken }
  })
  return groups.filter(({ logGroupName }) => logGroupName === name)
}
