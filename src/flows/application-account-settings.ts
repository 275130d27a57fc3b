// The settings of article 1, part 1: an application of another account, through PrivateLink.
import * as z from 'zod'
import { nameSchema } from './accounts-and-networks.ts'
import { defineSettings } from './define-settings.ts'
import { declarePrivateApi, privateApiExample, privateApiSettings } from './private-api-settings.ts'
import { portSchema } from './setting-schemas.ts'

const applicationSchema = z
  .strictObject({
    account: nameSchema.describe('The account that the application runs in.'),
    loadBalancerArn: z
      .string()
      .regex(
        /^arn:[^:]+:elasticloadbalancing:[^:]+:\d{12}:loadbalancer\/net\//,
        'expected the ARN of a Network Load Balancer',
      )
      .optional()
      .describe("The application's internal Network Load Balancer, by its ARN."),
    loadBalancerName: z.string().min(1).max(32).optional().describe('The same, by its name.'),
    service: z
      .string()
      .regex(/^[a-z0-9-]+\/[a-z0-9.-]+$/, 'expected a Kubernetes Service as namespace/name')
      .optional()
      .describe("The same, by its Kubernetes Service (`namespace/name`): found by the controller's tags."),
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

export const applicationAccountSettings = defineSettings({
  schema: z.strictObject({
    flow: z.literal('application-account').describe('An application of another account, through PrivateLink.'),
    application: applicationSchema.describe('What is to be reached. Exactly one of the three ways to name it.'),
    ...privateApiSettings,
  }),
  offers: ['api'],
  declare: (settings) => ({
    ...declarePrivateApi(settings),
    accounts: [{ name: settings.application.account, path: ['application', 'account'] }],
  }),
  examples: {
    'application-account': {
      flow: 'application-account',
      application: { account: 'application', loadBalancerName: 'orders', port: 80 },
      ...privateApiExample,
    },
  },
})
