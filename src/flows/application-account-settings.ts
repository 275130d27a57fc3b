import { z } from 'zod'
import { commonSettings, portSchema } from './flow.ts'
import { nameSchema } from './places.ts'

const applicationSchema = z
  .strictObject({
    account: nameSchema,
    loadBalancerArn: z
      .string()
      .regex(
        /^arn:[^:]+:elasticloadbalancing:[^:]+:\d{12}:loadbalancer\/net\//,
        'expected the ARN of a Network Load Balancer',
      )
      .optional(),
    loadBalancerName: z.string().min(1).max(32).optional(),
    service: z
      .string()
      .regex(/^[a-z0-9-]+\/[a-z0-9.-]+$/, 'expected a Kubernetes Service as namespace/name')
      .optional()
      .describe("The Kubernetes Service whose load balancer it is, found by the controller's tags."),
    port: portSchema.describe('Where the application listens on its load balancer.'),
    allow: z
      .enum(['role', 'account'])
      .default('role')
      .describe('Who may connect: the role of the gateway account, or everybody in that account.'),
  })
  .refine(
    ({ loadBalancerArn, loadBalancerName, service }) =>
      [loadBalancerArn, loadBalancerName, service].filter((one) => one !== undefined).length === 1,
    'expected exactly one of loadBalancerArn, loadBalancerName and service',
  )

/** What the config says of an integration of article 1, part 1. Apart from its steps, which load AWS's clients. */
export const applicationAccountSettings = z.strictObject({
  flow: z.literal('application-account'),
  application: applicationSchema,
  ...commonSettings,
})
