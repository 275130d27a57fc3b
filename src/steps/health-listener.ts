import { type Action, ModifyListenerCommand } from '@aws-sdk/client-elastic-load-balancing-v2'
import { z } from 'zod'
import { defineStep } from '../aws/define-step.ts'
import { differs } from '../engine/step.ts'
import { createListener, deleteListener, listenerLife, seekListener } from './shared/listeners.ts'
import { given, ownerOf } from './shared/ownership.ts'

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
  ...listenerLife,

  async find(sight) {
    const { inputs, known, mark } = sight
    const loadBalancerArn = inputs.loadBalancerArn ?? known?.loadBalancerArn
    const port = inputs.port ?? known?.port
    if (loadBalancerArn === undefined) return { state: 'absent' }
    const found = await seekListener(sight, known, { loadBalancerArn, port })
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
    const listenerArn = await createListener(aws, mark, { LoadBalancerArn, ...settings(inputs) })
    return { listenerArn, ...inputs }
  },

  async mend({ aws, inputs, facts: { listenerArn: ListenerArn } }) {
    await aws.elbv2(new ModifyListenerCommand({ ListenerArn, ...settings(inputs) }))
  },

  async destroy({ aws, known }) {
    await deleteListener(aws, known.listenerArn)
  },
})

const settings = ({ port }: Inputs) => ({ Protocol: 'HTTP' as const, Port: port, DefaultActions: [answer] })
