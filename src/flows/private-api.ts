// Makes the private API at the end of a VPC link, proves it, and offers it to other integrations.
import { readDocument } from '../disk/document-file.ts'
import type { NodeHandle } from '../engine/graph.ts'
import { after, type Ref, together } from '../engine/ref.ts'
import { apiDefinition } from '../steps/api-definition.ts'
import { restApi } from '../steps/rest-api.ts'
import { stageLink } from '../steps/stage-link.ts'
import { stage } from '../steps/stage.ts'
import { testCall } from '../steps/test-call.ts'
import { addExecuteApi } from './execute-api.ts'
import type { FlowContext, OfferContext, OfferedApi } from './flow.ts'
import { addForeignCalls } from './foreign-call.ts'
import { type Gateway, handleOfHealth } from './link.ts'
import type { PrivateApiSettings } from './private-api-settings.ts'

/** Names of the nodes that other integrations refer to. */
const nodes = { api: 'api', link: 'stage-link' } as const

/** The private API that addPrivateApi adds, as other integrations see it. */
export const offeredApi = (
  { builder, network }: OfferContext,
  { gateway, api }: PrivateApiSettings,
): { api: OfferedApi } => ({
  api: {
    account: network(gateway.network).account,
    stage: api.stage,
    apiId: builder.handle(nodes.api, restApi).facts.apiId,
    settled: together([
      builder.handle(nodes.link, stageLink).facts.apiId,
      handleOfHealth(builder).facts.targetGroupArn,
    ]),
  },
})

interface ApiParts {
  /** Numbers of the article's steps. */
  articles: { endpoint: string; api: string; test: string }
  link: NodeHandle<{ vpcLinkId: string }>
  /** DNS name of the load balancer: the Host header unless the config gives another. */
  dnsName: Ref<string>
  port: number
  /** Known once the link is up and the targets' health has been decided. */
  settled: Ref<unknown>
}

/** The private API and its proof: endpoints of all networks that may call, API, definition, stage, test calls. */
export function addPrivateApi({ context, settings, hub }: Gateway, parts: ApiParts): void {
  const { articles, link, dnsName, port, settled } = parts
  const { builder, description } = context
  const account = hub.account.key

  const callers = settings.access.networks.map((name) => {
    const network = context.network(name)
    return { name, endpoint: addExecuteApi(context, articles.endpoint, network) }
  })

  // The integration that offers a door decides itself who gets in by it.
  const doors = context.doors.map((door) => door.addEndpoint(context, articles.endpoint))

  const document = documentOf(context, settings)
  const api = builder.step(articles.api, nodes.api, restApi, account, { description })
  const definition = builder.step(articles.api, 'definition', apiDefinition, account, {
    apiId: api.facts.apiId,
    name: api.facts.name,
    description,
    endpointIds: [...callers.map(({ endpoint }) => endpoint.made.endpointId), ...doors],
    backend: { protocol: settings.api.protocol, host: settings.api.host ?? dnsName, port },
    cors: settings.api.cors,
    binaryMediaTypes: settings.api.binaryMediaTypes,
    ...(document && { document }),
  })
  const deployed = builder.step(articles.api, 'stage', stage, account, {
    apiId: definition.facts.apiId,
    stageName: settings.api.stage,
    hash: definition.facts.hash,
  })
  const linked = builder.step(articles.api, nodes.link, stageLink, account, {
    apiId: deployed.facts.apiId,
    stageName: deployed.facts.stageName,
    vpcLinkId: link.made.vpcLinkId,
  })
  // AWS deletes a link still named by a stage variable: the stage has to go first.
  builder.hold(deployed, link)

  const { method, path, status } = settings.api.test
  const request = {
    apiId: linked.facts.apiId,
    stageName: after(settled, linked.facts.stageName),
    method,
    path,
    statuses: status,
  }
  for (const { name, endpoint } of callers) {
    builder.step(articles.test, `call-from-${name}`, testCall, account, {
      ...request,
      endpointId: endpoint.facts.endpointId,
      endpointName: endpoint.facts.dnsName,
      from: name,
      allowed: true,
    })
  }
  const { foreign } = settings.access
  addForeignCalls(context, articles.test, foreign, [
    {
      name: `call-from-${foreign}`,
      account: hub.account,
      apiId: linked.facts.apiId,
      stage: settings.api.stage,
      open: settled,
      test: settings.api.test,
    },
  ])
}

/** The user's own OpenAPI document, if the config has one. */
function documentOf({ folder, readsFiles }: FlowContext, { api: { openapi } }: PrivateApiSettings) {
  if (typeof openapi !== 'string') return openapi
  return readsFiles ? readDocument(openapi, folder) : {}
}
