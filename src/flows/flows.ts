import type { z } from 'zod'
import { applicationAccount } from './application-account.ts'
import type { Integration } from './config-schema.ts'
import type { Existing } from './existing.ts'
import type { Flow, FlowContext } from './flow.ts'
import { mtlsProxy } from './mtls-proxy.ts'
import { otherNetwork } from './other-network.ts'
import { lambdaConsumer } from './lambda-consumer.ts'
import type { Lookup } from './accounts-and-networks.ts'
import { regionalFrontDoor } from './regional-front-door.ts'

/** Adding a flow is its two files and one line here and in config-schema.ts. */
const flows = [applicationAccount, otherNetwork, regionalFrontDoor, lambdaConsumer, mtlsProxy] as const

/** A flow whose settings are only known to be some flow's. */
type AnyFlow = Pick<Flow<z.ZodObject>, 'id'> & {
  compose(context: FlowContext, settings: Integration): void
  existing(context: Lookup & { name: string }, settings: Integration): Partial<Existing>
}

/** The flow of an integration. */
export function flowOf(settings: Integration): AnyFlow {
  const flow = flows.find(({ id }) => id === settings.flow)
  if (flow === undefined) throw new Error(`no flow ${settings.flow}`)
  // The union of settings is told apart by `flow`, so a flow is only ever given settings of its own schema.
  return flow as unknown as AnyFlow
}
