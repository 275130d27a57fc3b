// The halves of all flows that add steps: to import this file is to load every step, and with them AWS's clients.
import type { Existing } from './existing.ts'
import { flows, type Integration } from './flows.ts'
import type { FlowContext, OfferContext, Offers } from './flow.ts'
import type { Lookup } from './accounts-and-networks.ts'

/** A flow whose settings are only known to be those of some flow. */
interface AnyFlow {
  offers(context: OfferContext, settings: Integration): Partial<Offers>
  compose(context: FlowContext, settings: Integration): void
  existing(context: Lookup & { name: string }, settings: Integration): Partial<Existing>
}

const loaded: ReadonlyMap<string, AnyFlow> = new Map(
  await Promise.all(flows.map(async ({ settings, load }) => [settings.id, await load()] as const)),
)

/**
 * The flow of an integration. The union of settings is told apart by `flow`: a flow is only given settings of its own.
 */
export function flowOf({ flow: id }: Integration): AnyFlow {
  const flow = loaded.get(id)
  if (flow === undefined) throw new Error(`no flow ${id}`)
  return flow
}
