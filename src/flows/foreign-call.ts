// Adds the negative proof: calls from a network that private APIs must not let in.
import { after } from '../engine/ref.ts'
import { foreignEndpoint } from '../steps/foreign-endpoint.ts'
import { testCall } from '../steps/test-call.ts'
import type { FlowContext } from './flow.ts'
import type { Producer } from './producer.ts'

interface ForeignCall extends Producer {
  /** The name of its node. */
  name: string
  test: { method: string; path: string; status: number[] }
}

/** Adds a call to each of these private APIs through an endpoint of the foreign network, which none may let in. */
export function addForeignCalls(
  context: FlowContext,
  article: string,
  foreign: string | undefined,
  calls: readonly ForeignCall[],
): void {
  if (foreign === undefined) return
  const { builder } = context
  const { account: elsewhere, vpcId, executeApiService: serviceName, executeApi } = context.network(foreign)
  const stranger = builder.step(article, 'foreign-endpoint', foreignEndpoint, elsewhere.key, {
    vpcId,
    serviceName,
    ...(executeApi?.endpointId !== undefined && { endpointId: executeApi.endpointId }),
  })
  for (const { name, account, apiId, stage, open, test } of calls) {
    builder.step(article, name, testCall, account.key, {
      apiId,
      stageName: after(open, apiId).map(() => stage),
      endpointId: stranger.facts.endpointId,
      endpointName: stranger.facts.dnsName,
      from: foreign,
      allowed: false,
      method: test.method,
      path: test.path,
      statuses: test.status,
    })
  }
}
