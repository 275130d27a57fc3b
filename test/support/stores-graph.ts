import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Aws } from '../../src/aws/aws.ts'
import type { Probe } from '../../src/aws/vantage.ts'
import type { Ref } from '../../src/engine/ref.ts'
import { startGraph, type Graph } from '../../src/engine/graph.ts'
import type { Config } from '../../src/flows/config.ts'
import type { FlowContext } from '../../src/flows/flow.ts'
import { addNetwork, sharedBuilder } from '../../src/flows/link.ts'
import { type ResolvedNetwork, lookupIn } from '../../src/flows/accounts-and-networks.ts'
import { addImageSource, addServiceEndpoints } from '../../src/flows/service-endpoints.ts'
import { logGroup } from '../../src/steps/log-group.ts'
import { secret } from '../../src/steps/secret.ts'
import { securityGroup } from '../../src/steps/security-group.ts'
import type { WantedEndpoints } from '../../src/steps/shared/service-endpoints.ts'

/** A file that is to become a secret. */
export function secretFile(content: string): { file: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'privlink-secret-'))
  const file = join(folder, 'server.key')
  writeFileSync(file, content)
  return { file, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** What a flow is given to write an integration of that name down. */
function contextIn(config: Config, name: string) {
  const { graph, builder } = startGraph<Aws, Probe>(config.adopt)
  const context: FlowContext = {
    name,
    description: `privlink ${config.deployment}/${name}`,
    builder: builder(name),
    ...lookupIn(config),
    sharedPort: 0,
    folder: '.',
    readsFiles: true,
    otherwiseOpenTo: [],
    doors: [],
    apiOf: () => {
      throw new Error('there is none')
    },
  }
  return { graph, context }
}

/** What such a walk has written down. */
export interface Stores {
  context: FlowContext
  hub: ResolvedNetwork
  source: ReturnType<typeof addImageSource>
  network: ReturnType<typeof addNetwork>
  group: { facts: { groupId: Ref<string> } }
  secret: { facts: { secretArn: Ref<string> } }
  log: { facts: { logGroupName: Ref<string>; logGroupArn: Ref<string> } }
  /** Known once the endpoints are there. */
  endpoints: Ref<unknown>
}

/** All that the tasks of a proxy need beside their service, in the network `hub`. */
export function storesGraph(
  config: Config,
  file: string,
  { image, endpoints }: { image?: string; endpoints?: WantedEndpoints } = {},
  /** Goes on from there. */
  more: (stores: Stores) => void = () => undefined,
): Graph<Aws, Probe> {
  const { graph, context } = contextIn(config, 'payments')
  const hub = context.network('hub')
  const account = hub.account.key
  const source = addImageSource(context, '1', hub, {
    image: image ?? `${hub.account.id}.dkr.ecr.${hub.region}.amazonaws.com/nginx:1.29`,
    endpoints: endpoints ?? 'make',
  })
  const network = addNetwork(context, '1', hub)
  const group = sharedBuilder(context, hub).step('1', 'task-group', securityGroup, account, {
    vpcId: source.facts.vpcId,
    description: 'Tasks',
    ingress: [],
    egress: [{ port: 443, cidrs: ['0.0.0.0/0'] }],
  })
  const reached = addServiceEndpoints(context, '1', hub, endpoints ?? 'make', group.facts.groupId)
  const key = context.builder.step('2', 'server-key', secret, account, {
    file,
    fingerprint: 'one',
    purpose: "The server's key",
  })
  const log = context.builder.step('2', 'log', logGroup, account, { retentionDays: 30 })
  more({ context, hub, source, network, group, secret: key, log, endpoints: reached })
  return graph
}
