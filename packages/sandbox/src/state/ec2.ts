import type { ResourceBase, Tags } from './resource.ts'
import { bookkeeping, resources, type StateOf, tagLines } from './table.ts'

export interface Vpc extends ResourceBase {
  vpcId: string
  cidrBlocks: string[]
  isDefault: boolean
  enableDnsSupport: boolean
  enableDnsHostnames: boolean
  enableNetworkAddressUsageMetrics: boolean
  tags: Tags
}

export interface Subnet extends ResourceBase {
  subnetId: string
  vpcId: string
  cidrBlock: string
  zoneId: string
  mapPublicIpOnLaunch: boolean
  tags: Tags
}

export interface SecurityGroupRule {
  ruleId: string
  egress: boolean
  /** `tcp`, `udp`, `icmp` or `-1` */
  protocol: string
  fromPort: number
  toPort: number
  /** Exactly one of the three. */
  cidr?: string
  cidrIpv6?: string
  groupId?: string
  description?: string
  tags: Tags
}

export interface SecurityGroup extends ResourceBase {
  groupId: string
  name: string
  description: string
  vpcId: string
  rules: SecurityGroupRule[]
  tags: Tags
}

export interface Route {
  destination: string
  /** `local`, or the id of a gateway: igw-, nat-, tgw-, vgw-, pcx-, eni- */
  target: string
  blackhole?: boolean
}

export interface RouteTable extends ResourceBase {
  routeTableId: string
  vpcId: string
  main: boolean
  subnetIds: string[]
  routes: Route[]
  tags: Tags
}

export interface NetworkAcl extends ResourceBase {
  networkAclId: string
  vpcId: string
  tags: Tags
}

export interface InternetGateway extends ResourceBase {
  internetGatewayId: string
  vpcId?: string
  tags: Tags
}

/** A requester-managed interface: of an endpoint, or of a load balancer's node. */
export interface NetworkInterface extends ResourceBase {
  networkInterfaceId: string
  subnetId: string
  vpcId: string
  privateIp: string
  groupIds: string[]
  description: string
  /** `vpc_endpoint`, `network_load_balancer`, `interface` */
  interfaceType: string
  /** `amazon-aws` or `amazon-elb` */
  attachedBy: string
  /** The resource it serves: an endpoint's id or a load balancer's ARN. */
  servesId: string
  /** From then on it does not exist. */
  goneAt?: number
  tags: Tags
}

/** Acceptance as the provider decided it; states with a duration follow from the times. */
export interface VpcEndpoint extends ResourceBase {
  endpointId: string
  vpcId: string
  serviceName: string
  type: 'Interface' | 'Gateway'
  subnetIds: string[]
  groupIds: string[]
  networkInterfaceIds: string[]
  routeTableIds: string[]
  privateDnsEnabled: boolean
  /** JSON; the default is full access. */
  policy: string
  /** `waiting` needs the provider's acceptance. */
  acceptance: 'waiting' | 'accepted' | 'rejected'
  /** When `pending` ends in `available`; moves with acceptance and modification. */
  readyAt: number
  failure?: { code: string; message: string }
  deletingSince?: number
  /** From then on it does not exist. */
  goneAt?: number
  /** The random part of its DNS names. */
  dnsSuffix: string
  tags: Tags
}

export interface AllowedPrincipal {
  arn: string
  permissionId: string
  /** Propagation: it takes effect from then on. */
  effectiveAt: number
}

/**
 * A private DNS name of a service, which consumers can only use once its owner has proved that the domain is theirs.
 */
export interface PrivateDnsName {
  name: string
  /** The first label of the TXT record. */
  recordName: string
  /** Its text. */
  value: string
  /** When a verification that has been started ends. */
  decidesAt?: number
  outcome?: 'verified' | 'failed'
}

export interface EndpointService extends ResourceBase {
  serviceId: string
  serviceName: string
  loadBalancerArns: string[]
  acceptanceRequired: boolean
  principals: AllowedPrincipal[]
  privateDns?: PrivateDnsName
  /** CreateVpcEndpoint answers 503 `Unavailable` until then. */
  usableAt: number
  deletingSince?: number
  goneAt?: number
  /** The VPC link that made it, for the hidden service behind a link. */
  vpcLinkId?: string
  tags: Tags
}

/** The first use of an idempotency token: the parameters' digest and the id that it made. */
export interface TokenUse {
  digest: string
  id: string
}

/** All by id. */
export const ec2Tables = {
  vpcs: resources<Vpc>('vpc'),
  subnets: resources<Subnet>('subnet'),
  securityGroups: resources<SecurityGroup>('security-group', {
    parts: ({ rules }, id) => rules.flatMap(({ ruleId, tags }) => [`rule ${id} ${ruleId}`, ...tagLines(ruleId, tags)]),
  }),
  routeTables: resources<RouteTable>('route-table', {
    parts: ({ routes, subnetIds }, id) => [
      ...routes.map(({ destination, target }) => `route ${id} ${destination} ${target}`),
      ...subnetIds.map((subnetId) => `association ${id} ${subnetId}`),
    ],
  }),
  networkAcls: resources<NetworkAcl>('network-acl'),
  networkInterfaces: resources<NetworkInterface>('network-interface'),
  internetGateways: resources<InternetGateway>('internet-gateway'),
  endpoints: resources<VpcEndpoint>('endpoint', {
    parts: ({ policy, groupIds, subnetIds, routeTableIds }, id) => [
      `policy ${id} ${policy}`,
      ...[...groupIds, ...subnetIds, ...routeTableIds].map((part) => `in ${id} ${part}`),
    ],
  }),
  endpointServices: resources<EndpointService>('endpoint-service', {
    parts: ({ principals, privateDns }, id) => [
      ...principals.map(({ arn }) => `principal ${id} ${arn}`),
      ...(privateDns === undefined ? [] : [`private-name ${id} ${privateDns.name}`]),
    ],
  }),
  /** By `account:region:operation:token`. */
  tokens: bookkeeping<TokenUse>('An idempotency token only says what a call with it has made.'),
  /** By `account:region`: zone name to zone id, a different order in every account. */
  zoneMaps: bookkeeping<Record<string, string>>("The names of zones are AWS's, not a client's."),
}

export type Ec2State = StateOf<typeof ec2Tables>
