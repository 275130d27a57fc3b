import { createHash } from 'node:crypto'
import type { z } from 'zod'
import { after, type Ref, together } from '../engine/ref.ts'
import { accountLogging } from '../steps/account-logging.ts'
import { foreignEndpoint } from '../steps/foreign-endpoint.ts'
import { frontDefinition } from '../steps/front-definition.ts'
import type { Authorization } from '../steps/front-openapi.ts'
import { internetCall } from '../steps/internet-call.ts'
import { listener } from '../steps/listener.ts'
import { loadBalancer } from '../steps/load-balancer.ts'
import { policyEntry } from '../steps/policy-entry.ts'
import { producerApi } from '../steps/producer-api.ts'
import { regionalApi } from '../steps/rest-api.ts'
import { stageLink } from '../steps/stage-link.ts'
import { stageSettings } from '../steps/stage-settings.ts'
import { stage } from '../steps/stage.ts'
import { targetGroup } from '../steps/target-group.ts'
import { targetHealth } from '../steps/target-health.ts'
import { testCall } from '../steps/test-call.ts'
import { vpcLink } from '../steps/vpc-link.ts'
import { defineFlow, type FlowContext } from './flow.ts'
import { sharedPen } from './link.ts'
import type { AccountPlace, LookUp, NetworkPlace } from './places.ts'
import { placeFrontEndpoint } from './private-api.ts'
import { regionalFrontDoorSettings } from './regional-front-door-settings.ts'

type Settings = z.output<typeof regionalFrontDoorSettings>
type Route = Settings['routes'][number]

/** The private API of a route: where it is, and what says that it lets the front door in. */
interface Producer {
  route: Route
  at: AccountPlace
  apiId: Ref<string>
  stage: string
  open: Ref<unknown>
}

/** Article 2, first pattern: a public regional API in front of private APIs of other accounts. */
export const regionalFrontDoor = defineFlow({
  id: 'regional-front-door',
  settings: regionalFrontDoorSettings,

  compose(context, settings) {
    const { pen, description } = context
    const hub = context.network(settings.gateway.network)
    const at = hub.at.place
    const { binaryMediaTypes, authorization, accessLogs, throttling } = settings.api

    // 1) The execute-api endpoint through which private APIs of all accounts are reached
    const front = placeFrontEndpoint(context, '1', hub)

    // 2) The producers let it in
    const own = hub.executeApi?.endpointId === undefined
    const producers = settings.routes.map((route) =>
      producerOf(context, hub, route, front.endpoint.made.endpointId, own),
    )

    // 3) Load balancer on the endpoint's addresses, 4) VPC link
    const way = placeWay(context, hub, front)

    // 5) The regional API
    const logging = accessLogs && pen.step('5', 'logging', accountLogging, at, { logGroupArn: accessLogs.logGroupArn })
    const api = pen.step('5', 'api', regionalApi, at, { description })
    const definition = pen.step('5', 'definition', frontDefinition, at, {
      apiId: api.facts.apiId,
      name: api.facts.name,
      description,
      routes: producers.map(({ route, apiId, stage: name }) => ({ prefix: route.prefix, apiId, stage: name })),
      authorization: authorizationOf(authorization),
      binaryMediaTypes,
    })
    const deployed = pen.step('5', 'stage', stage, at, {
      apiId: definition.facts.apiId,
      stageName: settings.api.stage,
      hash: definition.facts.hash,
    })
    const wanted = { ...(accessLogs && { logGroupArn: accessLogs.logGroupArn }), ...throttling }
    const set =
      Object.keys(wanted).length === 0
        ? deployed
        : pen.step('5', 'stage-settings', stageSettings, at, {
            apiId: deployed.facts.apiId,
            stageName: logging ? after(logging.facts.roleArn, deployed.facts.stageName) : deployed.facts.stageName,
            settings: wanted,
          })
    const linked = pen.step('5', 'stage-link', stageLink, at, {
      apiId: set.facts.apiId,
      stageName: set.facts.stageName,
      vpcLinkId: way.link.made.vpcLinkId,
    })
    // A variable holds no link: AWS would let it go while calls still come through it.
    pen.hold(deployed, way.link)

    // 6) Test it from the internet, and past the front door
    for (const { route, open } of producers) {
      const { method, path, status: statuses } = route.test
      pen.step('6', `call-${nameOf(route)}`, internetCall, at, {
        apiId: linked.facts.apiId,
        stageName: after(together([open, way.settled]), linked.facts.stageName),
        prefix: route.prefix,
        authorization: authorizationOf(authorization).type,
        method,
        path,
        statuses,
      })
    }
    placeForeignCalls(context, settings, producers)
  },

  existing: ({ name, account, network }, { routes, gateway, api: { accessLogs } }) => {
    const { at } = network(gateway.network)
    const apis = routes.flatMap(({ api }) => (api === undefined ? [] : [existingApi(account, api)]))
    return {
      vpcs: apis.map(({ vpc }) => vpc),
      endpoints: apis.map(({ endpoint }) => endpoint),
      privateApis: apis.map(({ api }) => ({ ...api, name: `${name}-${api.apiId}` })),
      logging: accessLogs === undefined ? [] : [{ accountId: at.id, region: at.region }],
    }
  },
})

/** Names of nodes have no slashes. */
const nameOf = ({ prefix }: Route): string => prefix.replaceAll('/', '.')

/** An API that is there already gets an entry in its policy; one that another integration makes has the endpoint in it. */
function producerOf(
  context: FlowContext,
  hub: NetworkPlace,
  route: Route,
  endpointId: Ref<string>,
  own: boolean,
): Producer {
  if (route.api === undefined) {
    const { at, stage: name, apiId, settled } = context.madeApi(route.integration ?? '')
    return { route, at, apiId, stage: name, open: settled }
  }
  const { account, id, stage: stageName, redeploy: leave } = route.api
  const at = context.account(account)
  const redeploy = leave === 'allow'
  // All front doors that lead to this stage share what they ask of it.
  const pen = context.pen.shared(`${at.place}/${id}/${stageName}`)
  const found = pen.step('2', 'api', producerApi, at.place, { apiId: id, stageName, redeploy })
  const { apiId } = found.facts
  const entry = pen.step('2', `entry-${hub.vpcId}`, policyEntry, at.place, {
    apiId,
    stageName: found.facts.stageName,
    endpointId,
    own,
    redeploy,
  })
  return { route, at, apiId, stage: stageName, open: entry.facts.endpointId }
}

/**
 * Load balancer, target group, listener and link of all front doors of a network. TLS is passed through to the endpoint,
 * which API Gateway answers at `/ping` itself ("Architecture patterns for consuming private APIs cross-account").
 */
function placeWay(context: FlowContext, hub: NetworkPlace, front: ReturnType<typeof placeFrontEndpoint>) {
  const pen = sharedPen(context, hub)
  const at = hub.at.place
  const targets = pen.step('3', 'front-targets', targetGroup, at, {
    vpcId: front.found.facts.vpcId,
    cidrBlocks: front.found.facts.cidrBlocks,
    port: 443,
    targets: front.addresses.facts.addresses.map((all) => all.map((address) => ({ address, port: 443 }))),
    healthCheck: { protocol: 'HTTPS', path: '/ping' },
  })
  const balancer = pen.step('3', 'front-balancer', loadBalancer, at, {
    subnetIds: hub.subnetIds,
    securityGroupIds: [front.group.facts.groupId],
  })
  const listening = pen.step('3', 'front-listener', listener, at, {
    loadBalancerArn: balancer.made.loadBalancerArn,
    port: 443,
    targetGroupArn: targets.facts.targetGroupArn,
  })
  const link = pen.step('4', 'front-link', vpcLink, at, { loadBalancerArn: balancer.facts.loadBalancerArn })
  const health = pen.step('4', 'front-health', targetHealth, at, {
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

/** A stranger's endpoint must not get past the front door, to any of the private APIs. */
function placeForeignCalls(context: FlowContext, { access }: Settings, producers: readonly Producer[]): void {
  if (access.foreign === undefined) return
  const { pen } = context
  const { at: elsewhere, vpcId, executeApiService: serviceName, executeApi } = context.network(access.foreign)
  const stranger = pen.step('6', 'foreign-endpoint', foreignEndpoint, elsewhere.place, {
    vpcId,
    serviceName,
    ...(executeApi?.endpointId !== undefined && { endpointId: executeApi.endpointId }),
  })
  for (const { route, at, apiId, stage: name, open } of producers) {
    const { method, path, status: statuses } = route.test
    pen.step('6', `call-${nameOf(route)}-from-${access.foreign}`, testCall, at.place, {
      apiId,
      stageName: after(open, apiId).map(() => name),
      endpointId: stranger.facts.endpointId,
      endpointName: stranger.facts.dnsName,
      from: access.foreign,
      allowed: false,
      method,
      path,
      statuses,
    })
  }
}

/** A private API with another consumer, whose VPC and endpoint are made up. */
function existingApi(
  account: LookUp['account'],
  { account: name, id: apiId, stage: stageName }: NonNullable<Route['api']>,
) {
  const { id: accountId, region } = account(name)
  const hash = createHash('sha256').update(`${accountId}/${apiId}`).digest('hex')
  const vpcId = `vpc-${hash.slice(0, 17)}`
  const endpointId = `vpce-${hash.slice(17, 34)}`
  const subnetId = `subnet-${hash.slice(34, 51)}`
  const place = { accountId, region }
  return {
    vpc: { ...place, vpcId, cidr: '10.201.0.0/16', subnets: [{ subnetId, cidr: '10.201.0.0/24' }], routes: [] },
    endpoint: {
      ...place,
      endpointId,
      vpcId,
      subnetIds: [subnetId],
      serviceName: `com.amazonaws.${region}.execute-api`,
      privateDns: true,
    },
    api: { ...place, apiId, stage: stageName, endpointIds: [endpointId] },
  }
}
