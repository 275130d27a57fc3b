// The settings of flows that make a private API in front of something, and what these settings declare.
import * as z from 'zod'
import { nameSchema } from './accounts-and-networks.ts'
import { declareAccess, type Declaration } from './define-settings.ts'
import { portSchema, stageSchema, testSchema } from './setting-schemas.ts'

const apiSchema = z.strictObject({
  stage: stageSchema.describe('Name of the stage: the first part of the path in the URL.'),
  cors: z.boolean().default(false).describe('Answer preflight requests of browsers; the backend adds its own headers.'),
  host: z
    .string()
    .regex(/^[A-Za-z0-9.-]+$/, 'expected a host name')
    .optional()
    .describe("The Host header that the backend needs. Default: the load balancer's own name."),
  protocol: z.enum(['http', 'https']).default('http').describe('What the backend speaks; https checks `host`.'),
  binaryMediaTypes: z.array(z.string()).default(['*/*']).describe('Bodies that are passed on byte by byte.'),
  openapi: z
    .union([z.string(), z.record(z.string(), z.unknown())])
    .optional()
    .describe('Your own OpenAPI 3.0 document, or a file that holds it. Default: every request is passed through.'),
  test: testSchema.prefault({}).describe('The request that proves the whole.'),
})

const accessSchema = z.strictObject({
  networks: z.array(nameSchema).min(1).describe('Networks whose callers get in.'),
  foreign: nameSchema.optional().describe('A network that must not get in, for the negative proof.'),
})

/** The settings of every flow that makes a private API. */
export const privateApiSettings = {
  gateway: z
    .strictObject({ network: nameSchema.describe('Where the load balancer of the VPC link stands.') })
    .describe('Where the private API is made: in the account of this network.'),
  api: apiSchema.describe('The private API.'),
  access: accessSchema.describe('Who may call it.'),
  loadBalancer: z
    .enum(['dedicated', 'shared'])
    .default('dedicated')
    .describe('One of its own with its own VPC link, or one for all integrations of the network that say shared.'),
  listenerPort: portSchema
    .optional()
    .describe('Port of the listener. Default: that of the backend; on a shared load balancer, one of its own.'),
}

/** The members of `privateApiSettings` in an example. */
export const privateApiExample = {
  gateway: { network: 'gateway' },
  api: { stage: 'test' },
  access: { networks: ['consumer'], foreign: 'foreign' },
}

const settingsSchema = z.object(privateApiSettings)

export type PrivateApiSettings = z.output<typeof settingsSchema>

/** The declarations of these settings: the network where the API is made, and the networks that may call it. */
export const declarePrivateApi = ({
  gateway,
  access,
  loadBalancer,
  listenerPort,
}: PrivateApiSettings): Declaration => ({
  home: { name: gateway.network, path: ['gateway', 'network'] },
  ...declareAccess(access),
  opens: access.networks,
  sharedListener: loadBalancer === 'shared' ? { port: listenerPort, path: ['listenerPort'] } : undefined,
})
