import { z } from 'zod'
import { applicationAccountSettings } from './application-account-settings.ts'
import { lambdaConsumerSettings } from './lambda-consumer-settings.ts'
import { mtlsProxySettings } from './mtls-proxy-settings.ts'
import { otherNetworkSettings } from './other-network-settings.ts'
import { accountSchema, nameSchema, networkSchema } from './accounts-and-networks.ts'
import { regionalFrontDoorSettings } from './regional-front-door-settings.ts'
import { checkReferences } from './references.ts'

// No flow is imported here, only its settings: to find a mistake in a config, no AWS client has to be loaded.
const integrationSchema = z.discriminatedUnion('flow', [
  applicationAccountSettings,
  otherNetworkSettings,
  regionalFrontDoorSettings,
  lambdaConsumerSettings,
  mtlsProxySettings,
])

export type Integration = z.output<typeof integrationSchema>

/** The public contract of the config file. */
export const configSchema = z
  .strictObject({
    deployment: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,28}[a-z0-9]$/, 'expected 2 to 30 lower-case letters, digits and hyphens')
      .refine((name) => !/^(internal|sg|aws)-/.test(name), 'expected a name that AWS takes: not internal-, sg- or aws-')
      .describe('Part of the name and tags of everything that is made.'),
    region: z
      .string()
      .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'expected a Region such as us-east-1')
      .describe('The Region of all accounts and networks that do not name another.'),
    accounts: z.record(nameSchema, accountSchema).describe('The accounts involved, by a name of your choice.'),
    networks: z.record(nameSchema, networkSchema).describe('VPCs that are there already, by a name of your choice.'),
    integrations: z.record(nameSchema, integrationSchema).describe('What is to be reachable, and from where.'),
    adopt: z
      .record(z.string(), z.string())
      .default({})
      .describe('Ids of existing things to use instead of making new ones, by the key that plan shows.'),
  })
  .superRefine((config, context) =>
    checkReferences(config, (path, message) => context.addIssue({ code: 'custom', path, message })),
  )

export type Config = z.output<typeof configSchema>
