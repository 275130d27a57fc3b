import {
  CreateTargetGroupCommand,
  type CreateTargetGroupCommandInput,
  DeleteTargetGroupCommand,
  DescribeTargetHealthCommand,
  type TargetGroup,
  type TargetHealthDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import type { Aws } from '../../aws/aws.ts'
import type { Tagged } from '../../aws/batched-reads.ts'
import { tagList } from '../../aws/tags.ts'
import { type Identity, minutes, seconds } from '../../engine/step.ts'
import { given, seek } from './ownership.ts'

/** In use by a listener that is going: Terraform allows two minutes. */
export const groupPatience = { upTo: minutes(5), every: seconds(5) }

/**
 * Two checks ten seconds apart make a new target healthy early; the defaults (30 s, 5 checks) take minutes. TCP checks
 * may be 5 to 300 s apart, with thresholds from 2 (CreateTargetGroup).
 */
export const checkPace = {
  HealthCheckIntervalSeconds: 10,
  // Shorter than the interval, as some protocols need it ("Health checks", NLB guide: 2 to 120 s).
  HealthCheckTimeoutSeconds: 5,
  HealthyThresholdCount: 2,
  UnhealthyThresholdCount: 2,
}

/** The target group that a node stands for. */
export const seekGroup = (
  sight: { aws: Aws; adopt: string | undefined; identity: Identity },
  known: { targetGroupArn: string } | undefined,
): Promise<(TargetGroup & Tagged) | undefined> =>
  seek(sight, known?.targetGroupArn, {
    byId: (arn) => sight.aws.reads.targetGroups({ arn }),
    byName: () => sight.aws.reads.targetGroups({ name: sight.identity.name }),
  })

/** Makes a target group under the node's name. Its targets take calls of their own. */
export async function createGroup(
  aws: Aws,
  identity: Identity,
  input: Omit<CreateTargetGroupCommandInput, 'Name' | 'Tags'>,
) {
  const { TargetGroups: [group] = [] } = await aws.elbv2(
    new CreateTargetGroupCommand({ Name: identity.name, ...input, Tags: tagList(identity.tags) }),
  )
  return { targetGroupArn: given(group?.TargetGroupArn, 'the ARN of the target group') }
}

export async function deleteGroup(aws: Aws, TargetGroupArn: string): Promise<void> {
  await aws.elbv2(new DeleteTargetGroupCommand({ TargetGroupArn }))
}

/** The targets that are registered and not on their way out. */
export async function targetsIn(aws: Aws, TargetGroupArn: string): Promise<TargetHealthDescription[]> {
  const { TargetHealthDescriptions: all = [] } = await aws.elbv2(new DescribeTargetHealthCommand({ TargetGroupArn }))
  return all.filter(({ TargetHealth }) => TargetHealth?.State !== 'draining')
}
