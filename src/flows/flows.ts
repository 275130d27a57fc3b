// The list of all flows, which everything else derives from: adding a flow is its two files and one line here.
import type * as z from 'zod'
import { applicationAccountSettings } from './application-account-settings.ts'
import type { Declaration, FlowSettings, Offering } from './define-settings.ts'
import type { Flow } from './flow.ts'
import { lambdaConsumerSettings } from './lambda-consumer-settings.ts'
import { mtlsProxySettings } from './mtls-proxy-settings.ts'
import { otherNetworkSettings } from './other-network-settings.ts'
import { regionalFrontDoorSettings } from './regional-front-door-settings.ts'

/** The half that adds steps is loaded only when it is needed, so that a config is checked without any AWS client. */
const listed = <F extends FlowSettings>(settings: F, load: () => Promise<Flow<F>>) => ({ settings, load })

export const flows = [
  listed(applicationAccountSettings, async () => (await import('./application-account.ts')).applicationAccount),
  listed(otherNetworkSettings, async () => (await import('./other-network.ts')).otherNetwork),
  listed(regionalFrontDoorSettings, async () => (await import('./regional-front-door.ts')).regionalFrontDoor),
  listed(lambdaConsumerSettings, async () => (await import('./lambda-consumer.ts')).lambdaConsumer),
  listed(mtlsProxySettings, async () => (await import('./mtls-proxy.ts')).mtlsProxy),
] as const

/** The settings of an integration, of whichever flow. */
export type Integration = z.output<(typeof flows)[number]['settings']['schema']>

/** The declarations and offers of an integration. */
export type Declared = Declaration & { offers: readonly Offering[] }

/** The declarations of all integrations of a config, by name. */
export const declarationsOf = (integrations: Record<string, Integration>): Map<string, Declared> =>
  new Map(
    Object.entries(integrations).map(([name, settings]) => {
      // The union of settings is told apart by `flow`, so a flow is only given settings of its own schema.
      const all: readonly { settings: FlowSettings }[] = flows
      const flow = all.find((one) => one.settings.id === settings.flow)
      if (flow === undefined) throw new Error(`no flow ${settings.flow}`)
      return [name, { ...flow.settings.declare(settings), offers: flow.settings.offers }]
    }),
  )
