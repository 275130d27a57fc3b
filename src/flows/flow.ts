import { z } from 'zod'
import type { Aws } from '../aws/aws.ts'
import type { Probe } from '../aws/vantage.ts'
import type { Ref } from '../engine/ref.ts'
import type { GraphBuilder } from '../engine/graph.ts'
import type { Existing } from './existing.ts'
import { type ResolvedAccount, type Lookup, nameSchema } from './accounts-and-networks.ts'

export const portSchema = z.int().min(1).max(65_535)

export const stageSchema = z.string().regex(/^\w[\w-]{0,127}$/, 'expected letters, digits, hyphens and underscores')

export const testSchema = z.strictObject({
  method: z.enum(['GET', 'HEAD', 'OPTIONS', 'POST']).default('GET').describe('Method of the test call.'),
  path: z.string().startsWith('/').default('/').describe('Its path, without the stage.'),
  status: z.array(z.int().min(100).max(599)).default([]).describe('What counts as an answer. Default: any 2xx.'),
})

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

/** What every flow's settings have. */
export const commonSettings = {
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

const commonSchema = z.object(commonSettings)

export type CommonSettings = z.output<typeof commonSchema>

/** What the settings of any flow may have, as far as names and ports are concerned. */
export interface AnySettings {
  gateway?: { network: string } | undefined
  consumer?: { network: string } | undefined
  producer?: { network: string } | undefined
  function?: { arn?: string | undefined; authorization?: string | undefined } | undefined
  access: { networks?: string[] | undefined; foreign?: string | undefined }
  loadBalancer?: 'dedicated' | 'shared' | undefined
  listenerPort?: number | undefined
  application?: { account: string } | undefined
  api?: object | undefined
  integration?: string | undefined
  routes?: ProducerNames[] | undefined
}

/** A private API of another account, as far as names are concerned. */
export interface ProducerNames {
  api?: { account?: string | undefined; id?: string | undefined } | undefined
  integration?: string | undefined
}

/** Whether an integration makes a private API that others of the same file may lead to. */
export const makesApi = ({ gateway, routes }: AnySettings): boolean => gateway !== undefined && routes === undefined

/** The private APIs that an integration leads to, and where its settings name them. */
export function producersIn(settings: AnySettings): { path: (string | number)[]; producer: ProducerNames }[] {
  if (makesApi(settings)) return []
  const { routes, api, integration } = settings
  if (routes !== undefined) return routes.map((producer, index) => ({ path: ['routes', index], producer }))
  return [{ path: [], producer: { ...(api && { api }), ...(integration !== undefined && { integration }) } }]
}

/** The network that an integration is about: where its gateway, its function or its proxy stands. */
export function homeOf({ gateway, consumer, producer }: AnySettings): string {
  const home = gateway ?? consumer ?? producer
  if (home === undefined) throw new Error('every flow has a network of its own')
  return home.network
}

/** A private API that an integration of the config makes, as others see it. */
export interface MadeApi {
  account: ResolvedAccount
  stage: string
  apiId: Ref<string>
  /** Its link is up, its stage leads there, and the health of its targets has been decided. */
  settled: Ref<unknown>
}

/** What a flow writes its steps down with. */
export interface FlowContext extends Lookup {
  /** The integration's name in the config. */
  name: string
  /** For people who look at the account: deployment and integration. */
  description: string
  builder: GraphBuilder<Aws, Probe>
  /** The listener port on a shared load balancer. */
  sharedPort: number
  /** What relative paths in the config start from. */
  folder: string
  /** Whether the files that the config names are to be read. */
  readsFiles: boolean
  /** The user's own OpenAPI document, if there is one. */
  document: Record<string, unknown> | undefined
  /** Networks whose front doors lead to this integration's API. */
  fronts: string[]
  /** Networks whose functions call it. */
  consumers: string[]
  /** Integrations whose proxies lead to it. */
  proxies: string[]
  /** Networks that may call the private API behind this integration, by what others of the config do. */
  friends: string[]
  /** The private API of another integration, by its name in the config. */
  madeApi(name: string): MadeApi
}

/** One of the systems in the articles: its settings in the config and its steps in the article's order. */
export interface Flow<S extends z.ZodObject> {
  id: string
  settings: S
  compose(context: FlowContext, settings: z.output<S>): void
  /** What the config says is there before privlink comes, beside accounts and networks: for a rehearsal. */
  existing(context: Lookup & { name: string }, settings: z.output<S>): Partial<Existing>
}

export const defineFlow = <S extends z.ZodObject>(flow: Flow<S>): Flow<S> => flow
