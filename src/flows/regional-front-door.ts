// The steps of article 2, first pattern: a public regional API in front of private APIs.
import type * as z from 'zod'
import { after, together } from '../engine/ref.ts'
import { accountLogging } from '../steps/account-logging.ts'
import { frontDefinition } from '../steps/front-definition.ts'
import type { Authorization } from '../steps/shared/front-openapi.ts'
import { internetCall } from '../steps/internet-call.ts'
import { listener } from '../steps/listener.ts'
import { loadBalancer } from '../steps/load-balancer.ts'
import { regionalApi } from '../steps/rest-api.ts'
import { stageLink } from '../steps/stage-link.ts'
import { stageSettings } from '../steps/stage-settings.ts'
import { stage } from '../steps/stage.ts'
import { targetGroup } from '../steps/target-group.ts'
import { targetHealth } from '../steps/target-health.ts'
import { vpcLink } from '../steps/vpc-link.ts'
import type { Flow, FlowContext } from './flow.ts'
import { addForeignCalls } from './foreign-call.ts'
import { sharedBuilder } from './link.ts'
import type { ResolvedNetwork } from './accounts-and-networks.ts'
import { addFrontEndpoint } from './execute-api.ts'
import { existingProducer, addProducer } from './producer.ts'
import type { regionalFrontDoorSettings } from './regional-front-door-settings.ts'

type Settings = z.output<typeof regionalFrontDoorSettings.schema>
type Route = Settings['routes'][number]

export const regionalFrontDoor: Flow<typeof regionalFrontDoorSettings> = {
  offers: ({ network }, { gateway }) => ({
    door: {
      addEndpoint: (context, article) =>
        addFrontEndpoint(context, article, network(gateway.network)).endpoint.made.endpointId,
    },
  }),

  compose(context, settings) {
    const { builder, description } = context
    const hub = context.network(settings.gateway.network)
    const account = hub.account.key
    const { binaryMediaTypes, authorization, accessLogs, throttling } = settings.api

    // 1) The execute-api endpoint through which private APIs of all accounts are reached
    const front = addFrontEndpoint(context, '1', hub)

    // 2) The producers let it in
    const endpoint = {
      name: hub.vpcId,
      endpointId: front.endpoint.made.endpointId,
      own: hub.executeApi?.endpointId === undefined,
    }
    const producers = settings.routes.map((route) => ({ route, ...addProducer(context, '2', route, endpoint) }))

    // 3) Load balancer on the endpoint's addresses, 4) VPC link
    const way = addWay(context, hub, front)

    // 5) The regional API
    const logging =
      accessLogs && builder.step('5', 'logging', accountLogging, account, { logGroupArn: accessLogs.logGroupArn })
    const api = builder.step('5', 'api', regionalApi, account, { description })
    const definition = builder.step('5', 'definition', frontDefinition, account, {
      apiId: api.facts.apiId,
      name: api.facts.name,
      description,
      routes: producers.map(({ route, apiId, stage: name }) => ({ prefix: route.prefix, apiId, stage: name })),
      authorization: authorizationOf(authorization),
      binaryMediaTypes,
    })
    const deployed = builder.step('5', 'stage', stage, account, {
      apiId: definition.facts.apiId,
      stageName: settings.api.stage,
      hash: definition.facts.hash,
    })
    const wanted = { ...(accessLogs && { logGroupArn: accessLogs.logGroupArn }), ...throttling }
    const set =
      Object.keys(wanted).length === 0
        ? deployed
        : builder.step('5', 'stage-settings', stageSettings, account, {
            apiId: deployed.facts.apiId,
            stageName: logging ? after(logging.facts.roleArn, deployed.facts.stageName) : deployed.facts.stageName,
            settings: wanted,
          })
    const linked = builder.step('5', 'stage-link', stageLink, account, {
      apiId: set.facts.apiId,
      stageName: set.facts.stageName,
      vpcLinkId: way.link.made.vpcLinkId,
    })
    // AWS deletes a link still named by a stage variable: the stage has to go first.
    builder.hold(deployed, way.link)

    // 6) Test it from the internet, and past the front door
    for (const { route, open } of producers) {
      const { method, path, status: statuses } = route.test
      builder.step('6', `call-${nameOf(route)}`, internetCall, account, {
        apiId: linked.facts.apiId,
        stageName: after(together([open, way.settled]), linked.facts.stageName),
        prefix: route.prefix,
        authorization: authorizationOf(authorization).type,
        method,
        path,
        statuses,
      })
    }
    const { foreign } = settings.access
    addForeignCalls(
      context,
      '6',
      foreign,
      producers.map(({ route, ...producer }) => ({
        ...producer,
        name: `call-${nameOf(route)}-from-${foreign}`,
        test: route.test,
      })),
    )
  },

  existing: ({ name, ...lookup }, { routes, gateway, api: { accessLogs } }) => {
    const { account } = lookup.network(gateway.network)
    const apis = routes.map((route) => existingProducer(lookup, name, route))
    return {
      vpcs: apis.flatMap(({ vpcs = [] }) => vpcs),
      endpoints: apis.flatMap(({ endpoints = [] }) => endpoints),
      privateApis: apis.flatMap(({ privateApis = [] }) => privateApis),
      logging: accessLogs === undefined ? [] : [{ accountId: account.id, region: account.region }],
    }
  },
}

/** The prefix in the name of a node, which has no slashes. */
const nameOf = ({ prefix }: Route): string => prefix.replaceAll('/', '.')

/**
 * Load balancer, target group, listener and link of all front doors of a network. TLS is passed through to the
 * endpoint, which API Gateway answers at `/ping` itself ("Architecture patterns for consuming private APIs
 * cross-account").
 */
function addWay(context: FlowContext, hub: ResolvedNetwork, front: ReturnType<typeof addFrontEndpoint>) {
  const builder = sharedBuilder(context, hub)
  const account = hub.account.key
  const targets = builder.step('3', 'front-targets', targetGroup, account, {
    vpcId: front.found.facts.vpcId,
    cidrBlocks: front.found.facts.cidrBlocks,
    port: 443,
    targets: front.addresses.facts.addresses.map((all) => all.map((address) => ({ address, port: 443 }))),
    healthCheck: { protocol: 'HTTPS', path: '/ping' },
  })
  const balancer = builder.step('3', 'front-balancer', loadBalancer, account, {
    subnetIds: hub.subnetIds,
    securityGroupIds: [front.group.facts.groupId],
  })
  const listening = builder.step('3', 'front-listener', listener, account, {
    loadBalancerArn: balancer.made.loadBalancerArn,
    port: 443,
    targetGroupArn: targets.facts.targetGroupArn,
  })
  const link = builder.step('4', 'front-link', vpcLink, account, { loadBalancerArn: balancer.facts.loadBalancerArn })
  const health = builder.step('4', 'front-health', targetHealth, account, {
    targetGroupArn: after(together([listening.facts.listenerArn, link.facts.vpcLinkId]), targets.facts.targetGroupArn),
  })
  return { link, settled: health.facts.targetGroupArn }
}

function authorizationOf(authorization: Settings['api']['authorization']): Authorization {
  if (typeof authorization === 'string') return { type: authorization }
  if ('cognito' in authorization) return { type: 'cognito', userPoolArns: authorization.cognito }
  const { lambda: functionArn, roleArn, kind, cacheSeconds } = authorization
  return { type: 'lambda', functionArn, kind, cacheSeconds, ...(roleArn !== undefined && { roleArn }) }
}
