// The settings of article 2, second pattern: a function in a VPC that calls a private API of another account.
import * as z from 'zod'
import { nameSchema } from './accounts-and-networks.ts'
import { declareAccess, defineSettings } from './define-settings.ts'
import { eitherProducer, existingApiExample, producerSettings, targetAt } from './producer-settings.ts'
import { testSchema } from './setting-schemas.ts'

const madeSchema = z.strictObject({
  authorization: z
    .enum(['none', 'iam'])
    .default('none')
    .describe("Whether it signs its requests with its role's credentials, for methods with AWS_IAM."),
})

const existingSchema = z.strictObject({
  arn: z
    .string()
    .regex(
      /^arn:[^:]+:lambda:[^:]+:\d{12}:function:[\w-]{1,64}$/,
      'expected the ARN of a function, without version or alias',
    )
    .describe('A function that is there already. It is looked at, and never changed.'),
  payload: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('What verify invokes it with. Without it, it is not invoked.'),
})

export const lambdaConsumerSettings = defineSettings({
  schema: z
    .strictObject({
      flow: z.literal('lambda-consumer').describe('A function in a VPC that calls a private API of another account.'),
      consumer: z
        .strictObject({
          network: nameSchema.describe('Where the function stands. Its execute-api endpoint has private DNS.'),
        })
        .describe("The function's side."),
      ...producerSettings,
      function: z
        .union([existingSchema, madeSchema])
        .prefault({})
        .describe('The function: one that is there already, or a small one that privlink makes and invokes.'),
      test: testSchema.prefault({}).describe('The request by which the function that privlink makes proves the whole.'),
      access: z
        .strictObject({
          foreign: nameSchema
            .optional()
            .describe('A network that the private API must not let in, for the negative proof.'),
        })
        .prefault({})
        .describe('Who must not get in.'),
    })
    .refine(...eitherProducer),
  offers: ['door'],
  declare: ({ consumer, function: named, access, ...settings }) => ({
    home: { name: consumer.network, path: ['consumer', 'network'] },
    ...declareAccess(access),
    leadsTo: [targetAt([], settings)],
    opens: [consumer.network],
    needsPrivateDns: true,
    ownFunction: 'arn' in named ? { arn: named.arn, path: ['function', 'arn'] } : undefined,
  }),
  examples: {
    'lambda-consumer': {
      flow: 'lambda-consumer',
      consumer: { network: 'consumer' },
      api: existingApiExample,
      access: { foreign: 'foreign' },
    },
  },
})
