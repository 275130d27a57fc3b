import { ModifyListenerCommand } from '@aws-sdk/client-elastic-load-balancing-v2'
import * as z from 'zod'
import { defineStep } from '../aws/define-step.ts'
import { differs } from '../engine/step.ts'
import { loadBalancer } from './load-balancer.ts'
import {
  createListener,
  deleteListener,
  listenerPatience,
  listenerPermissions,
  sightListener,
} from './shared/listeners.ts'

interface Inputs {
  loadBalancerArn: string
  /** The port in the URI of an API's integration picks the listener ("Set up VPC links V1", API Gateway guide). */
  port: number
  targetGroupArn: string
}

/**
 * A TCP listener that forwards to one target group. One port of a load balancer has one listener. It can be made while
 * the load balancer is being provisioned: CreateListener knows no error for that (ELBv2 API reference).
 */
export const listener = defineStep<Inputs>()({
  id: 'listener',
  title: 'Listener',
  facts: z.object({ listenerArn: z.string(), loadBalancerArn: z.string(), port: z.number() }),
  permissions: listenerPermissions('net', loadBalancer),
  patience: listenerPatience,

  read: (sight) =>
    sightListener(sight, 'TCP', ({ DefaultActions: [action] = [] }) =>
      differs('targetGroupArn', action?.TargetGroupArn, sight.inputs.targetGroupArn),
    ),

  async create({ aws, inputs, identity }) {
    const { loadBalancerArn: LoadBalancerArn, port } = inputs
    const listenerArn = await createListener(aws, identity, { LoadBalancerArn, ...settings(inputs) })
    return { listenerArn, loadBalancerArn: LoadBalancerArn, port }
  },

  async update({ aws, inputs, facts }) {
    await aws.elbv2(new ModifyListenerCommand({ ListenerArn: facts.listenerArn, ...settings(inputs) }))
  },

  async delete({ aws, known }) {
    await deleteListener(aws, known.listenerArn)
  },
})

const settings = ({ port, targetGroupArn }: Inputs) => ({
  Protocol: 'TCP' as const,
  Port: port,
  DefaultActions: [{ Type: 'forward' as const, TargetGroupArn: targetGroupArn }],
})
