// Defines the other half of a flow, which adds its steps to the graph, and the context that it is given.
import type * as z from 'zod'
import type { Aws } from '../aws/aws.ts'
import type { Probe } from '../aws/vantage.ts'
import type { GraphBuilder } from '../engine/graph.ts'
import type { Ref } from '../engine/ref.ts'
import type { Lookup, ResolvedAccount } from './accounts-and-networks.ts'
import type { FlowSettings, Offering } from './define-settings.ts'
import type { Existing } from './existing.ts'

/** A private API that an integration makes, for the integrations that lead to it. */
export interface OfferedApi {
  account: ResolvedAccount
  stage: string
  apiId: Ref<string>
  /** Known once its link is up, its stage leads there, and the health of its targets has been decided. */
  settled: Ref<unknown>
}

/** The way by which the callers of one integration come to the private API of another, which must let it in. */
interface Door {
  /**
   * Adds the execute-api endpoint, unless it is the door's alone, to the nodes of the integration that lets it in.
   *
   * @returns the id of the endpoint.
   */
  addEndpoint(context: FlowContext, article: string): Ref<string>
}

/** The things that integrations offer to each other, by the kinds that their settings declare. */
export interface Offers extends Record<Offering, unknown> {
  api: OfferedApi
  door: Door
}

/** The context of `offers`: it makes handles of nodes that the integration adds later. */
export interface OfferContext extends Lookup {
  builder: GraphBuilder<Aws, Probe>
}

/** The context of `compose`. */
export interface FlowContext extends OfferContext {
  /** The integration's name in the config. */
  name: string
  /** The deployment and the integration, for people who read it in the AWS console. */
  description: string
  /** The listener port on a shared load balancer. */
  sharedPort: number
  /** The folder that relative paths in the config start from. */
  folder: string
  /** Whether the files that the config names are to be read. */
  readsFiles: boolean
  /** The private API that another integration offers. */
  apiOf(integration: string): OfferedApi
  /** The doors of the integrations that lead to this one's private API. */
  doors: Door[]
  /** Networks that the private API behind this integration lets in because of other integrations. */
  otherwiseOpenTo: string[]
}

/** One of the systems in the articles: the half that knows the steps. */
export interface Flow<F extends FlowSettings> {
  /** Makes the offers that the settings declare. Every integration is asked before any adds its nodes. */
  offers(context: OfferContext, settings: z.output<F['schema']>): Pick<Offers, F['offers'][number]>
  /** Adds its nodes, in the article's order. */
  compose(context: FlowContext, settings: z.output<F['schema']>): void
  /** The things that exist before privlink runs, beside accounts and networks: a rehearsal begins with them. */
  existing(context: Lookup & { name: string }, settings: z.output<F['schema']>): Partial<Existing>
}
