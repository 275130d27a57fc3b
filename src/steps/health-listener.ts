import { type Action, ModifyListenerCommand } from '@aws-sdk/client-elastic-load-balancing-v2'
import * as z from 'zod'
import { defineStep } from '../aws/define-step.ts'
import { differs } from '../engine/step.ts'
import { proxyLoadBalancer } from './proxy-load-balancer.ts'
import {
  createListener,
  deleteListener,
  listenerPatience,
  listenerPermissions,
  sightListener,
} from './shared/listeners.ts'

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
 * A plain HTTP listener by which the load balancer in front sees that the proxy is there: its checks have no
 * certificate to show to the other listener. It leads nowhere.
 */
export const healthListener = defineStep<Inputs>()({
  id: 'health-listener',
  title: 'Listener for health checks',
  facts: z.object({ listenerArn: z.string(), loadBalancerArn: z.string(), port: z.number() }),
  permissions: listenerPermissions('app', proxyLoadBalancer),
  patience: listenerPatience,

  read: (sight) =>
    sightListener(sight, 'HTTP', ({ DefaultActions: [action] = [] }) =>
      differs('answer', action?.FixedResponseConfig, answer.FixedResponseConfig),
    ),

  async create({ aws, inputs, identity }) {
    const { loadBalancerArn: LoadBalancerArn } = inputs
    const listenerArn = await createListener(aws, identity, { LoadBalancerArn, ...settings(inputs) })
    return { listenerArn, ...inputs }
  },

  async update({ aws, inputs, facts: { listenerArn: ListenerArn } }) {
    await aws.elbv2(new ModifyListenerCommand({ ListenerArn, ...settings(inputs) }))
  },

  async delete({ aws, known }) {
    await deleteListener(aws, known.listenerArn)
  },
})

const settings = ({ port }: Inputs) => ({ Protocol: 'HTTP' as const, Port: port, DefaultActions: [answer] })
