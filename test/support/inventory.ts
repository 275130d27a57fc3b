import type { Tags } from '../../packages/sandbox/src/state/resource.ts'
import type { RestApi } from '../../packages/sandbox/src/state/apigateway.ts'
import { exists, type World } from '../../packages/sandbox/src/state/world.ts'

/**
 * Everything that exists in a sandbox's world at a time, a line each, sorted: things, what hangs on them (rules, routes,
 * targets, principals, methods, stages, versions of secrets) and what somebody may have changed in them (tags, policies, associations).
 * Two equal inventories are two equal worlds to everyone but a client with sessions or idempotency tokens of its own.
 */
export function inventory(world: World, now: number): string[] {
  const tables: Record<string, Record<string, { tags?: Tags; goneAt?: number }>> = {
    'security-group': world.ec2.securityGroups,
    'route-table': world.ec2.routeTables,
    'network-acl': world.ec2.networkAcls,
    'network-interface': world.ec2.networkInterfaces,
    'internet-gateway': world.ec2.internetGateways,
    endpoint: world.ec2.endpoints,
    'endpoint-service': world.ec2.endpointServices,
    vpc: world.ec2.vpcs,
    subnet: world.ec2.subnets,
    'load-balancer': world.elbv2.loadBalancers,
    'target-group': world.elbv2.targetGroups,
    listener: world.elbv2.listeners,
    'listener-rule': world.elbv2.rules,
    'trust-store': world.elbv2.trustStores,
    api: world.apigateway.restApis,
    'vpc-link': world.apigateway.vpcLinks,
    secret: Object.fromEntries(
      Object.entries(world.secretsmanager.secrets).filter(([, { forced }]) => forced !== true),
    ),
    'log-group': world.logs.groups,
    cluster: world.ecs.clusters,
    'task-definition': Object.fromEntries(
      Object.entries(world.ecs.taskDefinitions).filter(([, { deletedAt }]) => deletedAt === undefined),
    ),
    service: world.ecs.services,
    'hosted-zone': world.route53.zones,
    function: world.lambda.functions,
  }
  const things = Object.entries(tables).flatMap(([kind, table]) =>
    standing(table, now).flatMap(([id, { tags = {} }]) => [`${kind} ${id}`, ...tagsOf(id, tags)]),
  )
  const far = [
    ...roleParts(world),
    ...world.hosts.map(({ vpcId, ip, port, name = '' }) => `host ${vpcId} ${ip}:${port} ${name}`.trimEnd()),
    ...Object.entries(world.names).map(([name, addresses]) => `name ${name} ${addresses.join(',')}`),
  ]
  return [
    ...things,
    ...networkParts(world, now),
    ...balancingParts(world, now),
    ...gatewayParts(world),
    ...storeParts(world, now),
    ...namingParts(world),
    ...far,
  ].sort()
}

/** Without the roles that belong to AWS's services, which stay in an account for good. */
const roleParts = ({ iam }: World): string[] =>
  Object.entries(iam.roles)
    .filter(([arn]) => !arn.includes(':role/aws-service-role/'))
    .flatMap(([arn, { trust, tags = {}, inline = {}, attached = {} }]) => [
      `role ${arn} ${JSON.stringify(trust)}`,
      ...tagsOf(arn, tags),
      ...Object.entries(inline).map(([name, { text }]) => `policy ${arn} ${name} ${text}`),
      ...Object.keys(attached).map((policy) => `policy ${arn} ${policy}`),
    ])

const standing = <T extends { goneAt?: number }>(table: Record<string, T>, now: number): [string, T][] =>
  Object.entries(table).filter(([, thing]) => exists(thing, now))

const tagsOf = (id: string, tags: Tags): string[] =>
  Object.entries(tags).map(([key, value]) => `tag ${id} ${key}=${value}`)

const namingParts = ({ route53, publicRecords, ec2 }: World): string[] => [
  ...Object.values(route53.zones).flatMap(({ zoneId, vpcs, records }) => [
    ...vpcs.map(({ vpcId }) => `association ${zoneId} ${vpcId}`),
    ...records.map(({ name, type, values, alias }) =>
      `record ${zoneId} ${type} ${name} ${[...values, ...(alias ? [alias.dnsName] : [])].join(' ')}`.trimEnd(),
    ),
  ]),
  ...Object.entries(publicRecords).map(([name, values]) => `public-record ${name} ${values.join(' ')}`),
  ...Object.values(ec2.endpointServices).flatMap(({ serviceId, privateDns }) =>
    privateDns === undefined ? [] : [`private-name ${serviceId} ${privateDns.name}`],
  ),
]

function networkParts({ ec2 }: World, now: number): string[] {
  return [
    ...Object.values(ec2.securityGroups).flatMap(({ groupId, rules }) =>
      rules.flatMap(({ ruleId, tags }) => [`rule ${groupId} ${ruleId}`, ...tagsOf(ruleId, tags)]),
    ),
    ...Object.values(ec2.routeTables).flatMap(({ routeTableId, routes, subnetIds }) => [
      ...routes.map(({ destination, target }) => `route ${routeTableId} ${destination} ${target}`),
      ...subnetIds.map((subnetId) => `association ${routeTableId} ${subnetId}`),
    ]),
    ...standing(ec2.endpoints, now).flatMap(([id, { policy, groupIds, subnetIds, routeTableIds }]) => [
      `policy ${id} ${policy}`,
      ...[...groupIds, ...subnetIds, ...routeTableIds].map((part) => `in ${id} ${part}`),
    ]),
    ...standing(ec2.endpointServices, now).flatMap(([id, { principals }]) =>
      principals.map(({ arn }) => `principal ${id} ${arn}`),
    ),
  ]
}

function balancingParts({ elbv2 }: World, now: number): string[] {
  return [
    ...Object.values(elbv2.loadBalancers).flatMap(({ arn, groupIds, enforceOnPrivateLink }) => [
      `enforce ${arn} ${enforceOnPrivateLink}`,
      ...groupIds.map((groupId) => `in ${arn} ${groupId}`),
    ]),
    ...Object.values(elbv2.trustStores).flatMap(({ arn, bundle, revocations }) => [
      `bundle ${arn} ${bundle}`,
      ...revocations.map(({ list }) => `revocation ${arn} ${list}`),
    ]),
    ...Object.values(elbv2.targetGroups).flatMap(({ arn, targets }) =>
      targets
        .filter(({ drainingUntil = Infinity }) => drainingUntil > now)
        .map(({ id, port }) => `target ${arn} ${id}:${port}`),
    ),
  ]
}

const storeParts = ({ secretsmanager, logs }: World, now: number): string[] => [
  ...standing(secretsmanager.secrets, now)
    .filter(([, { forced }]) => forced !== true)
    .flatMap(([arn, { deletedAt, versions }]) => [
      ...(deletedAt === undefined ? [] : [`scheduled for deletion ${arn}`]),
      ...Object.values(versions).map(({ versionId, stages }) => `version ${arn} ${versionId} ${stages.join(',')}`),
    ]),
  ...Object.values(logs.groups).map(({ arn, retentionInDays = 'forever' }) => `retention ${arn} ${retentionInDays}`),
]

const gatewayParts = ({ apigateway }: World): string[] => Object.values(apigateway.restApis).flatMap(apiParts)

const apiParts = ({ restApiId, policy, vpcEndpointIds, resources, deployments, stages }: RestApi): string[] => [
  ...(policy === undefined ? [] : [`policy ${restApiId} ${policy}`]),
  ...vpcEndpointIds.map((endpointId) => `association ${restApiId} ${endpointId}`),
  ...Object.values(resources).flatMap(({ path, methods }) => [
    `resource ${restApiId} ${path}`,
    ...Object.entries(methods).map(
      ([name, { integration }]) => `method ${restApiId} ${name} ${path} ${integration?.uri ?? integration?.type ?? ''}`,
    ),
  ]),
  ...Object.keys(deployments).map((id) => `deployment ${restApiId} ${id}`),
  ...Object.values(stages).flatMap(({ stageName, deploymentId, variables, tags }) => [
    `stage ${restApiId} ${stageName} ${deploymentId}`,
    ...Object.entries(variables).map(([key, value]) => `variable ${restApiId} ${stageName} ${key}=${value}`),
    ...tagsOf(`${restApiId}/${stageName}`, tags),
  ]),
]
