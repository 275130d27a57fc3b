// The schema of the config file. It loads the settings of the flows, and not their steps.
import * as z from 'zod'
import { accountSchema, nameSchema, networkSchema } from './accounts-and-networks.ts'
import { flows } from './flows.ts'
import { checkReferences } from './references.ts'

const [first, ...others] = flows

const integrationSchema = z.discriminatedUnion('flow', [
  first.settings.schema,
  ...others.map(({ settings }) => settings.schema),
])

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
    checkReferences(config, (path, message) => context.addIssue({ code: 'custom', path: [...path], message })),
  )

export type Config = z.output<typeof configSchema>
