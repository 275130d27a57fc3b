// What the other half of a flow consists of, which adds its steps to the graph, and what it is given for that.
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
export interface Door {
  /**
   * Adds the execute-api endpoint, unless it is the door's alone, to the nodes of the integration that lets it in.
   *
   * @returns the id of the endpoint.
   */
  addEndpoint(context: FlowContext, article: string): Ref<string>
}

/** What integrations offer to each other, by the kinds that their settings declare. */
export interface Offers extends Record<Offering, unknown> {
  api: OfferedApi
  door: Door
}

/** What an integration says its offers with: handles of nodes that it adds later. */
export interface OfferContext extends Lookup {
  builder: GraphBuilder<Aws, Probe>
}

/** What an integration adds its nodes with. */
export interface FlowContext extends OfferContext {
  /** The integration's name in the config. */
  name: string
  /** For people who look at the account: deployment and integration. */
  description: string
  /** The listener port on a shared load balancer. */
  sharedPort: number
  /** What relative paths in the config start from. */
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
  /** What the settings declare that it offers. Asked of every integration before any adds its nodes. */
  offers(context: OfferContext, settings: z.output<F['schema']>): Pick<Offers, F['offers'][number]>
  /** Adds its nodes, in the article's order. */
  compose(context: FlowContext, settings: z.output<F['schema']>): void
  /** What the config says exists before privlink runs, beside accounts and networks: a rehearsal begins with it. */
  existing(context: Lookup & { name: string }, settings: z.output<F['schema']>): Partial<Existing>
}
