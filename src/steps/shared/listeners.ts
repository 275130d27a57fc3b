import {
  CreateListenerCommand,
  type CreateListenerCommandInput,
  DeleteListenerCommand,
  type Listener,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import type { Aws } from '../../aws/aws.ts'
import type { Tagged } from '../../aws/looks.ts'
import { tagList } from '../../aws/tags.ts'
import { type Actions, type Mark, minutes, seconds } from '../../engine/step.ts'
import { given, seek, unlessLagging } from './ownership.ts'

/** What a step for a listener needs and how long it takes. */
export const listenerLife = {
  actions: {
    look: ['elasticloadbalancing:DescribeListeners', 'elasticloadbalancing:DescribeTags'],
    make: ['elasticloadbalancing:CreateListener', 'elasticloadbalancing:AddTags'],
    mend: ['elasticloadbalancing:ModifyListener'],
    remove: ['elasticloadbalancing:DeleteListener'],
  } satisfies Actions,
  patience: { upTo: minutes(2), every: seconds(5) },
}

/** The listener that a node stands for: its own, or whatever has its port, of which a load balancer has but one. */
export async function seekListener(
  sight: { aws: Aws; adopt: string | undefined; mark: Mark },
  known: { listenerArn: string } | undefined,
  { loadBalancerArn, port }: { loadBalancerArn: string; port: number | undefined },
): Promise<(Listener & Tagged) | undefined> {
  const { aws, mark } = sight
  const listeners = await aws.look.listeners({ loadBalancerArn })
  return seek(sight, known?.listenerArn, {
    byId: async (arn) => listeners.filter(({ ListenerArn }) => ListenerArn === arn),
    byMark: async () => listeners.filter(({ tags }) => mark.isOn(tags)),
    byName: async () => listeners.filter(({ Port }) => Port === port),
  })
}

/** Makes a listener. It may be made while its load balancer comes up, which may not show everywhere yet. */
export async function createListener(aws: Aws, mark: Mark, input: CreateListenerCommandInput): Promise<string> {
  const making = aws.elbv2(new CreateListenerCommand({ ...input, Tags: tagList(mark.tags) }))
  const { Listeners: [made] = [] } = await unlessLagging(making, 'load balancer')
  return given(made?.ListenerArn, 'the ARN of the listener')
}

export async function deleteListener(aws: Aws, ListenerArn: string): Promise<void> {
  await aws.elbv2(new DeleteListenerCommand({ ListenerArn }))
}
