// The settings by which an integration names the private API that it leads to.
import * as z from 'zod'
import { nameSchema } from './accounts-and-networks.ts'
import type { Path, Target } from './define-settings.ts'
import { stageSchema } from './setting-schemas.ts'

const existingApiSchema = z.strictObject({
  account: nameSchema.describe('The account that the private API belongs to.'),
  id: z
    .string()
    .regex(/^[a-z0-9]{8,12}$/, 'expected the id of a REST API such as a1b2c3d4e5')
    .describe('Id of the private API.'),
  stage: stageSchema.describe('The stage that calls go to, and that is deployed again once our endpoint is let in.'),
  redeploy: z
    .enum(['refuse', 'allow'])
    .default('refuse')
    .describe(
      "What to do where the API has edits that are not deployed yet: they would go live with privlink's deployment.",
    ),
})

/** The two ways to name a private API of another account: one that exists already, or one that this config makes. */
export const producerSettings = {
  api: existingApiSchema
    .optional()
    .describe('A private API that is there already: its resource policy is extended, never overwritten.'),
  integration: nameSchema.optional().describe('Or the private API that another integration of this file makes.'),
}

const producerSchema = z.object(producerSettings)

export type ProducerSettings = z.output<typeof producerSchema>

/** A private API that exists already, in an example. */
export const existingApiExample = { account: 'producer', id: 'a1b2c3d4e5', stage: 'prod' }

/** The arguments of `refine` for a schema with both members. */
export const eitherProducer = [
  ({ api, integration }: ProducerSettings): boolean => (api === undefined) !== (integration === undefined),
  'expected exactly one of api and integration',
] as const

/** The private API that the members at `path` of the settings name. */
export const targetAt = (path: Path, { api, integration }: ProducerSettings): Target => ({ path, api, integration })
