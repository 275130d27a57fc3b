// Makes one graph of a whole config: every integration adds its nodes, and may refer to what the others offer.
import { closest } from 'fastest-levenshtein'
import type { Aws } from '../aws/aws.ts'
import type { Probe } from '../aws/vantage.ts'
import { startGraph, type Graph } from '../engine/graph.ts'
import { needed } from '../engine/ref.ts'
import { exits, PrivlinkError } from '../errors.ts'
import { lookupIn, resolveAccounts } from './accounts-and-networks.ts'
import { type Config, configSchema } from './config-schema.ts'
import type { Target } from './define-settings.ts'
import type { OfferedApi, Offers } from './flow.ts'
import { type Declared, declarationsOf } from './flows.ts'
import { assignPorts } from './listener-ports.ts'
import { flowOf } from './loaded-flows.ts'
import { addQuotas } from './quota-gates.ts'

export { configSchema, type Config }

/** Every account in every Region that a graph of this config mentions, by the names that its nodes use. */
export const accountsOf = (
  config: Config,
): Record<string, { id: string; region: string; roleArn?: string; externalId?: string }> =>
  Object.fromEntries(
    resolveAccounts(config).map(({ key, id, region, roleArn, externalId }) => [
      key,
      { id, region, ...(roleArn !== undefined && { roleArn }), ...(externalId !== undefined && { externalId }) },
    ]),
  )

/**
 * The graph of the whole config, every integration in it.
 *
 * @param folder what relative paths in the config start from.
 * @param files whether the files that the config names are read and have to be valid. Naming or removing what was made
 *   from them does not need them.
 * @throws PrivlinkError SharedInputsDisagree, AdoptUnknown, DocumentUnreadable, those of readNginxCertificates (exit 2)
 */
export function compose(config: Config, folder = '.', files: 'read' | 'leave' = 'read'): Graph<Aws, Probe> {
  const { graph, builder } = startGraph<Aws, Probe>(config.adopt)
  const lookup = lookupIn(config)
  const ports = assignPorts(config)
  const declarations = declarationsOf(config.integrations)
  const integrations = Object.entries(config.integrations)
  // All offers come before all nodes, since two integrations may each need what the other offers.
  const offers = new Map(
    integrations.map(([name, settings]) => [
      name,
      flowOf(settings).offers({ builder: builder(name), ...lookup }, settings),
    ]),
  )
  for (const [name, settings] of integrations) {
    flowOf(settings).compose(
      {
        name,
        description: `privlink ${config.deployment}/${name}`,
        builder: builder(name),
        ...lookup,
        sharedPort: ports.get(name) ?? 0,
        folder,
        readsFiles: files === 'read',
        apiOf: (other) => apiIn(offers, other),
        doors: namesLeadingTo(declarations, name).flatMap((other) => offers.get(other)?.door ?? []),
        otherwiseOpenTo: otherwiseOpenTo(declarations, name),
      },
      settings,
    )
  }
  addQuotas(graph, builder, config)
  refuseUnkeptOffers(graph)
  for (const key of Object.keys(config.adopt)) if (!graph.has(key)) throw adoptUnknown(key, [...graph.values()])
  return graph
}

function apiIn(offers: ReadonlyMap<string, Partial<Offers>>, name: string): OfferedApi {
  const api = offers.get(name)?.api
  if (api === undefined) throw new Error(`the config has not been checked: ${name} makes no private API`)
  return api
}

/** A flow that offers a node which it never adds has a mistake in it: others would wait for that node without end. */
function refuseUnkeptOffers(graph: Graph<Aws, Probe>): void {
  for (const { key, needs } of graph.values()) {
    const missing = needs.find((need) => !graph.has(needed(need).node))
    if (missing !== undefined) throw new Error(`${key} needs ${missing}, which no flow adds`)
  }
}

/** The integrations that lead to the private API of one. */
const namesLeadingTo = (declarations: ReadonlyMap<string, Declared>, name: string): string[] =>
  [...declarations].flatMap(([other, { leadsTo = [] }]) =>
    leadsTo.some(({ integration }) => integration === name) ? [other] : [],
  )

/**
 * The networks that the private APIs behind one integration let in because others make these APIs or lead to them too.
 */
function otherwiseOpenTo(declarations: ReadonlyMap<string, Declared>, name: string): string[] {
  const wanted = (declarations.get(name)?.leadsTo ?? []).map(apiNameOf)
  return [...declarations].flatMap(([other, { leadsTo = [], opens }]) => {
    const reached = [other, ...leadsTo.map(apiNameOf)]
    return other !== name && reached.some((api) => wanted.includes(api)) ? opens : []
  })
}

/** A name for a private API. Names of integrations have no slash, so that the two kinds never collide. */
const apiNameOf = ({ api, integration }: Target): string => integration ?? `${api?.account}/${api?.id}`

function adoptUnknown(key: string, nodes: readonly { key: string; step: { create?: unknown } }[]): PrivlinkError {
  const keys = nodes.filter(({ step }) => step.create !== undefined).map((node) => node.key)
  return new PrivlinkError('AdoptUnknown', `adopt names "${key}", which is no step of this config`, {
    exit: exits.usage,
    hint: keys.length === 0 ? 'Leave it out.' : `Did you mean "${closest(key, keys)}"? plan shows all keys.`,
  })
}
