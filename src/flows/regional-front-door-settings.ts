// The settings of article 2, first pattern: a public regional API in front of private APIs.
import * as z from 'zod'
import { nameSchema } from './accounts-and-networks.ts'
import { declareAccess, defineSettings } from './define-settings.ts'
import { eitherProducer, existingApiExample, producerSettings, targetAt } from './producer-settings.ts'
import { stageSchema, testSchema } from './setting-schemas.ts'

const prefixSchema = z
  .string()
  .max(200)
  .regex(/^[\w.~-]+(\/[\w.~-]+)*$/, 'expected path segments without slashes at either end, such as orders or v1/orders')

const routeSchema = z
  .strictObject({
    prefix: prefixSchema.describe('Where the route begins: /orders and all below it, without the slash.'),
    ...producerSettings,
    test: testSchema
      .prefault({})
      .describe('The request that proves the route; its path is what comes after the prefix.'),
  })
  .refine(...eitherProducer)

const authorizationSchema = z.union([
  z.literal('none').describe('Everybody may call.'),
  z.literal('iam').describe('Callers sign their requests with AWS credentials (AWS_IAM).'),
  z.strictObject({
    cognito: z
      .array(
        z.string().regex(/^arn:[^:]+:cognito-idp:[^:]+:\d{12}:userpool\/[\w-]+$/, 'expected the ARN of a user pool'),
      )
      .min(1)
      .describe('User pools whose tokens get in, by their ARNs.'),
  }),
  z.strictObject({
    lambda: z
      .string()
      .regex(/^arn:[^:]+:lambda:[^:]+:\d{12}:function:[\w-]+(:[\w$-]+)?$/, 'expected the ARN of a function')
      .describe('A function that decides, by its ARN. API Gateway must be allowed to invoke it.'),
    kind: z.enum(['token', 'request']).default('token').describe('Whether it is given the token or the whole request.'),
    roleArn: z
      .string()
      .regex(/^arn:[^:]+:iam::\d{12}:role\/[\w+=,.@/-]+$/, 'expected the ARN of an IAM role')
      .optional()
      .describe("The role that API Gateway invokes it with. Without it, the function's own policy has to allow it."),
    cacheSeconds: z.int().min(0).max(3600).default(300).describe('How long its answer holds.'),
  }),
])

const frontApiSchema = z.strictObject({
  stage: stageSchema.describe('Name of the stage: the first part of the path in the URL.'),
  binaryMediaTypes: z.array(z.string()).default(['*/*']).describe('Bodies that are passed on byte by byte.'),
  authorization: authorizationSchema.default('none').describe('Who may call, for all routes alike.'),
  accessLogs: z
    .strictObject({
      logGroupArn: z
        .string()
        .regex(
          /^arn:[^:]+:logs:[^:]+:\d{12}:log-group:[\w./#-]+$/,
          'expected the ARN of a log group, without :* at its end',
        )
        .describe('A CloudWatch log group that is there already.'),
    })
    .optional()
    .describe(
      "A line of JSON for every request. API Gateway needs a role for that, which is the account's own to set.",
    ),
  throttling: z
    .strictObject({
      rate: z.number().min(0).describe('Requests per second.'),
      burst: z.int().min(0).describe('Requests at once.'),
    })
    .optional()
    .describe("How much gets through. Default: the account's own limits."),
})

export const regionalFrontDoorSettings = defineSettings({
  schema: z.strictObject({
    flow: z
      .literal('regional-front-door')
      .describe('A public regional API in front of private APIs of other accounts.'),
    routes: z
      .array(routeSchema)
      .min(1)
      .refine(
        (routes) => new Set(routes.map(({ prefix }) => prefix)).size === routes.length,
        'expected every prefix only once',
      )
      .describe('Which private API answers below which path.'),
    gateway: z
      .strictObject({ network: nameSchema.describe('Where the execute-api endpoint and its load balancer stand.') })
      .describe('Where the regional API is made: in the account of this network.'),
    api: frontApiSchema.describe('The regional API.'),
    access: z
      .strictObject({
        foreign: nameSchema
          .optional()
          .describe('A network that the private APIs must not let in, for the negative proof.'),
      })
      .prefault({})
      .describe('Who must not get past the front door.'),
  }),
  offers: ['door'],
  declare: ({ gateway, routes, access }) => ({
    home: { name: gateway.network, path: ['gateway', 'network'] },
    ...declareAccess(access),
    leadsTo: routes.map((route, index) => targetAt(['routes', index], route)),
    opens: [gateway.network],
  }),
  examples: {
    'regional-front-door': {
      flow: 'regional-front-door',
      gateway: { network: 'gateway' },
      api: {
        stage: 'live',
        accessLogs: { logGroupArn: 'arn:aws:logs:us-east-1:000000000000:log-group:front-door' },
        throttling: { rate: 100, burst: 200 },
      },
      routes: [{ prefix: 'orders', api: existingApiExample }],
      access: { foreign: 'foreign' },
    },
  },
})
