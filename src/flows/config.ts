import { closest } from 'fastest-levenshtein'
import type { Aws } from '../aws/aws.ts'
import type { Probe } from '../aws/vantage.ts'
import { readDocument } from '../disk/document-file.ts'
import { factRef, together } from '../engine/ref.ts'
import { startGraph, type Graph } from '../engine/graph.ts'
import { exits, PrivlinkError } from '../errors.ts'
import { type Config, configSchema } from './config-schema.ts'
import { flowOf } from './flows.ts'
import {
  type AnySettings,
  type FlowContext,
  homeOf,
  type MadeApi,
  makesApi,
  type ProducerNames,
  producersIn,
} from './flow.ts'
import { assignPorts } from './listener-ports.ts'
import { resolveAccount, resolveNetwork, lookupIn } from './accounts-and-networks.ts'
import { addQuotas } from './quota-gates.ts'

export { configSchema, type Config }

/** Every account in every Region that a walk of this config mentions, by the names that its nodes use. */
export function accountsOf(
  config: Config,
): Record<string, { id: string; region: string; roleArn?: string; externalId?: string }> {
  const places = [
    ...Object.keys(config.accounts).map((name) => resolveAccount(config, name)),
    ...Object.keys(config.networks).map((name) => resolveNetwork(config, name)?.account),
  ].filter((place) => place !== undefined)
  return Object.fromEntries(
    places.map(({ key, id, region, roleArn, externalId }) => [
      key,
      { id, region, ...(roleArn !== undefined && { roleArn }), ...(externalId !== undefined && { externalId }) },
    ]),
  )
}

/**
 * The walk of the whole config, every integration in it.
 *
 * @param folder what relative paths in the config start from.
 * @param files whether the files that the config names are read, and have to be good: not for taking away what was made
 *   from them, or for naming it.
 * @throws PrivlinkError SharedInputsDisagree, AdoptUnknown, DocumentUnreadable, those of readNginxCertificates (exit 2)
 */
export function compose(config: Config, folder = '.', files: 'read' | 'leave' = 'read'): Graph<Aws, Probe> {
  const { graph, builder } = startGraph<Aws, Probe>(config.adopt)
  const ports = assignPorts(config)
  for (const [name, settings] of Object.entries(config.integrations)) {
    const openapi = settings.api !== undefined && 'openapi' in settings.api ? settings.api.openapi : undefined
    flowOf(settings).compose(
      {
        name,
        description: `privlink ${config.deployment}/${name}`,
        builder: builder(name),
        ...lookupIn(config),
        sharedPort: ports.get(name) ?? 0,
        ...leadingTo(config, name),
        friends: friendsOf(config, name),
        folder,
        readsFiles: files === 'read',
        madeApi: (other) => madeApiOf(config, other),
        document: typeof openapi === 'string' ? (files === 'read' ? readDocument(openapi, folder) : {}) : openapi,
      },
      settings,
    )
  }
  addQuotas(graph, builder, config.accounts)
  for (const key of Object.keys(config.adopt)) if (!graph.has(key)) throw adoptUnknown(key, [...graph.values()])
  return graph
}

/** What other integrations of the config lead to an integration's API. */
function leadingTo({ integrations }: Config, name: string): Pick<FlowContext, 'fronts' | 'consumers' | 'proxies'> {
  const others: [string, AnySettings][] = Object.entries(integrations).filter(([, other]) =>
    producersIn(other).some(({ producer }) => producer.integration === name),
  )
  return {
    fronts: others.flatMap(([, { gateway }]) => gateway?.network ?? []),
    consumers: others.flatMap(([, { consumer }]) => consumer?.network ?? []),
    proxies: others.flatMap(([other, { producer }]) => (producer === undefined ? [] : other)),
  }
}

/** The networks from which others of the config lead to the same private API as an integration. */
function friendsOf({ integrations }: Config, name: string): string[] {
  const settings = integrations[name]
  const wanted = settings === undefined ? [] : producersIn(settings).map(({ producer }) => nameOf(producer))
  const others: [string, AnySettings][] = Object.entries(integrations).filter(([other]) => other !== name)
  return others.flatMap(([other, one]) => {
    if (wanted.includes(nameOf({ integration: other }))) return one.access.networks ?? []
    const leads = producersIn(one).some(({ producer }) => wanted.includes(nameOf(producer)))
    // A proxy has a door of its own, which is nobody else's.
    return leads && one.producer === undefined ? [homeOf(one)] : []
  })
}

const nameOf = ({ api, integration }: ProducerNames): string => integration ?? `${api?.account}/${api?.id}`

/** By the keys under which addPrivateApi and addLink write it down. */
function madeApiOf(config: Config, name: string): MadeApi {
  const settings = config.integrations[name]
  if (settings?.api === undefined || !makesApi(settings)) {
    throw new Error(`the config has not been checked: ${name} makes no private API`)
  }
  return {
    account: lookupIn(config).network(homeOf(settings)).account,
    stage: settings.api.stage,
    apiId: factRef<string>(`${name}/api`, 'apiId'),
    settled: together([
      factRef<string>(`${name}/stage-link`, 'apiId'),
      factRef<string>(`${name}/health`, 'targetGroupArn'),
    ]),
  }
}

function adoptUnknown(key: string, nodes: readonly { key: string; step: { create?: unknown } }[]): PrivlinkError {
  const keys = nodes.filter(({ step }) => step.create !== undefined).map((node) => node.key)
  return new PrivlinkError('AdoptUnknown', `adopt names "${key}", which is no step of this config`, {
    exit: exits.usage,
    hint: keys.length === 0 ? 'Leave it out.' : `Did you mean "${closest(key, keys)}"? plan shows all keys.`,
  })
}
