import { ModifyListenerCommand } from '@aws-sdk/client-elastic-load-balancing-v2'
import { z } from 'zod'
import { defineStep } from '../aws/define-step.ts'
import { differs } from '../engine/step.ts'
import { createListener, deleteListener, listenerLife, seekListener } from './shared/listeners.ts'
import { given, ownerOf } from './shared/ownership.ts'

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
        ...differs('protocol', found.Protocol, 'TCP'),
        ...differs('targetGroupArn', found.DefaultActions?.[0]?.TargetGroupArn, inputs.targetGroupArn),
      ],
    }
  },

  async create({ aws, inputs, mark }) {
    const { loadBalancerArn: LoadBalancerArn, port } = inputs
    const listenerArn = await createListener(aws, mark, { LoadBalancerArn, ...settings(inputs) })
    return { listenerArn, loadBalancerArn: LoadBalancerArn, port }
  },

  async mend({ aws, inputs, facts }) {
    await aws.elbv2(new ModifyListenerCommand({ ListenerArn: facts.listenerArn, ...settings(inputs) }))
  },

  async destroy({ aws, known }) {
    await deleteListener(aws, known.listenerArn)
  },
})

const settings = ({ port, targetGroupArn }: Inputs) => ({
  Protocol: 'TCP' as const,
  Port: port,
  DefaultActions: [{ Type: 'forward' as const, TargetGroupArn: targetGroupArn }],
})
