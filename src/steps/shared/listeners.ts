import {
  CreateListenerCommand,
  type CreateListenerCommandInput,
  DeleteListenerCommand,
  type Listener,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import type { Aws } from '../../aws/aws.ts'
import type { Tagged } from '../../aws/batched-reads.ts'
import { during, owned, requestedWithin } from '../../aws/permissions/conditions.ts'
import { describe, type Holder, permission, type Permissions } from '../../aws/permissions/permission.ts'
import { elb } from '../../aws/permissions/resources.ts'
import { tagList } from '../../aws/tags.ts'
import { differs, type Drift, type Identity, minutes, seconds, type Observation } from '../../engine/step.ts'
import { given, ownerOf, seek, unlessLagging } from './ownership.ts'

export const listenerPatience = { upTo: minutes(2), every: seconds(5) }

/** The permissions of a step for a listener on a load balancer of a kind, which is the thing of another step. */
export const listenerPermissions = (kind: 'net' | 'app', balancer: Holder): Permissions => {
  const ours = elb(`listener/${kind}/*`)
  return {
    read: [describe('elasticloadbalancing:DescribeListeners', 'elasticloadbalancing:DescribeTags')],
    create: [
      permission(
        'MakeListeners',
        ['elasticloadbalancing:CreateListener'],
        elb(`loadbalancer/${kind}/PREFIX*/*`),
        requestedWithin,
        () => [balancer],
      ),
      permission(
        'TagListeners',
        ['elasticloadbalancing:AddTags'],
        ours,
        during('elasticloadbalancing:CreateAction', 'CreateListener'),
      ),
    ],
    update: [permission('OwnListeners', ['elasticloadbalancing:ModifyListener'], ours, owned)],
    delete: [permission('OwnListeners', ['elasticloadbalancing:DeleteListener'], ours, owned)],
  }
}

/** Where a listener is: one port of a load balancer has one listener. */
interface Place {
  loadBalancerArn: string
  port: number
}

/**
 * Looks for the listener of a node, its own or whatever has its port, and compares what all kinds have; `more` is what
 * only one of them has.
 */
export async function sightListener(
  sight: {
    aws: Aws
    adopt: string | undefined
    identity: Identity
    inputs: Partial<Place>
    known: (Place & { listenerArn: string }) | undefined
  },
  protocol: 'TCP' | 'HTTP' | 'HTTPS',
  more: (found: Listener) => Drift[],
): Promise<Observation<Place & { listenerArn: string }>> {
  const { aws, inputs, known, identity } = sight
  const { loadBalancerArn = known?.loadBalancerArn, port = known?.port } = inputs
  if (loadBalancerArn === undefined) return { state: 'absent' }
  const listeners = await aws.reads.listeners({ loadBalancerArn })
  const found: (Listener & Tagged) | undefined = await seek(sight, known?.listenerArn, {
    byId: async (arn) => listeners.filter(({ ListenerArn }) => ListenerArn === arn),
    byMark: async () => listeners.filter(({ tags }) => identity.matches(tags)),
    byName: async () => listeners.filter(({ Port }) => Port === port),
  })
  if (found === undefined) return { state: 'absent' }
  return {
    state: 'ready',
    owner: ownerOf(identity, found.tags),
    facts: {
      listenerArn: given(found.ListenerArn, 'the ARN of the listener'),
      loadBalancerArn,
      port: given(found.Port, 'the port of the listener'),
    },
    drift: [
      ...differs('port', found.Port, inputs.port),
      ...differs('protocol', found.Protocol, protocol),
      ...more(found),
    ],
  }
}

/** Makes a listener. It may be made while its load balancer comes up, which may not show everywhere yet. */
export async function createListener(aws: Aws, identity: Identity, input: CreateListenerCommandInput): Promise<string> {
  const making = aws.elbv2(new CreateListenerCommand({ ...input, Tags: tagList(identity.tags) }))
  const { Listeners: [made] = [] } = await unlessLagging(making, 'load balancer')
  return given(made?.ListenerArn, 'the ARN of the listener')
}

export async function deleteListener(aws: Aws, ListenerArn: string): Promise<void> {
  await aws.elbv2(new DeleteListenerCommand({ ListenerArn }))
}
