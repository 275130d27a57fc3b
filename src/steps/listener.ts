import {
  CreateListenerCommand,
  DeleteListenerCommand,
  ModifyListenerCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { z } from 'zod'
import { defineStep } from '../aws/define-step.ts'
import { tagList } from '../aws/tags.ts'
import { differs, minutes, seconds } from '../engine/step.ts'
import { given, ownerOf, seek, unlessLagging } from './shared/ownership.ts'

interface Inputs {
  loadBalancerArn: string
  /** The port in the URI of an API's integration picks the listener ("Set up VPC links V1", API Gateway guide). */
  port: number
  targetGroupArn: string
}

/**
 * A TCP listener that forwards to one target group. One port of a load balancer has one listener. It can be made while the
 * load balancer is being provisioned: CreateListener knows no error for that (ELBv2 API reference).
 */
export const listener = defineStep<Inputs>()({
  id: 'listener',
  title: 'Listener',
  facts: z.object({ listenerArn: z.string(), loadBalancerArn: z.string(), port: z.number() }),
  actions: {
    look: ['elasticloadbalancing:DescribeListeners', 'elasticloadbalancing:DescribeTags'],
    make: ['elasticloadbalancing:CreateListener', 'elasticloadbalancing:AddTags'],
    mend: ['elasticloadbalancing:ModifyListener'],
    remove: ['elasticloadbalancing:DeleteListener'],
  },
  patience: { upTo: minutes(2), every: seconds(5) },

  async find(sight) {
    const { aws, inputs, known, mark } = sight
    const loadBalancerArn = inputs.loadBalancerArn ?? known?.loadBalancerArn
    const port = inputs.port ?? known?.port
    if (loadBalancerArn === undefined) return { state: 'absent' }
    const listeners = await aws.look.listeners({ loadBalancerArn })
    const found = await seek(sight, known?.listenerArn, {
      byId: async (arn) => listeners.filter(({ ListenerArn }) => ListenerArn === arn),
      byMark: async () => listeners.filter(({ tags }) => mark.isOn(tags)),
      byName: async () => listeners.filter(({ Port }) => Port === port),
    })
    if (found === undefined) return { state: 'absent' }
    return {
      state: 'ready',
      owner: ownerOf(mark, found.tags),
      facts: {
        listenerArn: given(found.ListenerArn, 'the ARN of the listener'),
        loadBalancerArn,
        port: given(found.Port, 'the port of the listener'),
      },
      drift: [
        ...differs('port', found.Port, inputs.port),
        ...differs('protocol', found.Protocol, 'TCP'),
        ...differs('targetGroupArn', found.DefaultActions?.[0]?.TargetGroupArn, inputs.targetGroupArn),
      ],
    }
  },

  async create({ aws, inputs, mark }) {
    const LoadBalancerArn = inputs.loadBalancerArn
    const making = aws.elbv2(
      new CreateListenerCommand({ LoadBalancerArn, ...settings(inputs), Tags: tagList(mark.tags) }),
    )
    const { Listeners: [made] = [] } = await unlessLagging(making, 'load balancer')
    return {
      listenerArn: given(made?.ListenerArn, 'the ARN of the listener'),
      loadBalancerArn: inputs.loadBalancerArn,
      port: inputs.port,
    }
  },

  async mend({ aws, inputs, facts }) {
    await aws.elbv2(new ModifyListenerCommand({ ListenerArn: facts.listenerArn, ...settings(inputs) }))
  },

  async destroy({ aws, known }) {
    await aws.elbv2(new DeleteListenerCommand({ ListenerArn: known.listenerArn }))
  },
})

const settings = ({ port, targetGroupArn }: Inputs) => ({
  Protocol: 'TCP' as const,
  Port: port,
  DefaultActions: [{ Type: 'forward' as const, TargetGroupArn: targetGroupArn }],
})
