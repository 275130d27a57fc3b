import {
  type Action,
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
  port: number
}

/** Nothing behind it: the load balancer answers by itself. */
const answer: Action = {
  Type: 'fixed-response',
  FixedResponseConfig: { StatusCode: '200', ContentType: 'text/plain', MessageBody: 'ok' },
}

/**
 * A plain HTTP listener by which the load balancer in front sees that the proxy is there: its checks have no certificate to
 * show to the other listener. It leads nowhere.
 */
export const healthListener = defineStep<Inputs>()({
  id: 'health-listener',
  title: 'Listener for health checks',
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
        ...differs('protocol', found.Protocol, 'HTTP'),
        ...differs('answer', found.DefaultActions?.[0]?.FixedResponseConfig, answer.FixedResponseConfig),
      ],
    }
  },

  async create({ aws, inputs, mark }) {
    const { loadBalancerArn: LoadBalancerArn } = inputs
    const making = aws.elbv2(
      new CreateListenerCommand({ LoadBalancerArn, ...settings(inputs), Tags: tagList(mark.tags) }),
    )
    const { Listeners: [made] = [] } = await unlessLagging(making, 'load balancer')
    return { listenerArn: given(made?.ListenerArn, 'the ARN of the listener'), ...inputs }
  },

  async mend({ aws, inputs, facts: { listenerArn: ListenerArn } }) {
    await aws.elbv2(new ModifyListenerCommand({ ListenerArn, ...settings(inputs) }))
  },

  async destroy({ aws, known }) {
    await aws.elbv2(new DeleteListenerCommand({ ListenerArn: known.listenerArn }))
  },
})

const settings = ({ port }: Inputs) => ({ Protocol: 'HTTP' as const, Port: port, DefaultActions: [answer] })
