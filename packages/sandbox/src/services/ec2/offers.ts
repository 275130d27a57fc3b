import { toPairs } from '../tags.ts'
import type {
  DescribeVpcEndpointServicesRequest,
  DescribeVpcEndpointServicesResult,
  ServiceDetail,
} from '@aws-sdk/client-ec2'
import type { Tags } from '../../state/resource.ts'
import type { World } from '../../state/world.ts'
import { exists } from '../../state/world.ts'
import { operation, type Call } from '../operation.ts'
import { awsServices } from '../../reads/aws-services.ts'
import { list, type Facets } from './filters.ts'
import { isAllowed } from './principals.ts'
import { privateNameState } from './private-dns-names.ts'
import type { EndpointService } from '../../state/ec2.ts'
import { AwsError } from '../../state/aws-error.ts'
import type { CallContext } from '../../state/call-context.ts'
import { zoneMap, zoneName } from '../../reads/zones.ts'

/** A service as a consumer can have it: one of AWS's own, or another account's that allows the consumer. */
export interface Offer {
  serviceName: string
  serviceId: string
  owner: string
  type: 'Interface' | 'Gateway'
  zoneIds: string[]
  /** Names that private DNS takes over in the consumer's VPC; a wildcard comes last. */
  privateDnsNames: string[]
  /** Whether the names can be used. */
  nameState: 'pendingVerification' | 'verified' | 'failed'
  baseDnsName: string
  acceptanceRequired: boolean
  policySupported: boolean
  /** Absent for services of AWS. */
  service?: EndpointService
  tags: Tags
}

/** The zone ids in which a service's load balancers have subnets. */
export function zonesOfService(world: World, service: EndpointService): string[] {
  const subnets = service.loadBalancerArns.flatMap((arn) => world.elbv2.loadBalancers[arn]?.subnetIds ?? [])
  return [...new Set(subnets.flatMap((id) => world.ec2.subnets[id]?.zoneId ?? []))].toSorted()
}

const customOffer = (world: World, service: EndpointService, now: number): Offer => ({
  serviceName: service.serviceName,
  serviceId: service.serviceId,
  owner: service.account,
  type: 'Interface',
  zoneIds: zonesOfService(world, service),
  privateDnsNames: service.privateDns === undefined ? [] : [service.privateDns.name],
  nameState: privateNameState(world, service, now) ?? 'verified',
  baseDnsName: `${service.serviceId}.${service.region}.vpce.amazonaws.com`,
  acceptanceRequired: service.acceptanceRequired,
  policySupported: false,
  service,
  tags: service.tags,
})

const awsOffers = (world: World, { account, region }: CallContext): Offer[] =>
  awsServices.map(({ name, type, hosts }) => ({
    serviceName: `com.amazonaws.${region}.${name}`,
    serviceId: `vpce-svc-${Buffer.from(`${name}:${type}`).toString('hex').padEnd(17, '0').slice(-17)}`,
    owner: 'amazon',
    type,
    zoneIds: Object.values(zoneMap(world, account, region)).toSorted(),
    privateDnsNames: hosts.map((host) => `${host}.${region}.amazonaws.com`),
    nameState: 'verified' as const,
    baseDnsName: `${name.split('.').toReversed().join('.')}.${region}${type === 'Interface' ? '.vpce' : ''}.amazonaws.com`,
    acceptanceRequired: false,
    policySupported: true,
    tags: {},
  }))

/**
 * All services that a caller sees in its region: AWS's, those that allow its principal, and its own. That the owner
 * needs no permission is assumed.
 */
export function offersFor(world: World, call: Pick<Call, 'account' | 'region' | 'now' | 'principal'>): Offer[] {
  const custom = Object.values(world.ec2.endpointServices).filter(
    (service) =>
      exists(service, call.now) &&
      service.deletingSince === undefined &&
      service.region === call.region &&
      service.vpcLinkId === undefined &&
      (service.account === call.account || isAllowed(service, call)),
  )
  return [...awsOffers(world, call), ...custom.map((service) => customOffer(world, service, call.now))]
}

export const unknownService = (name: string): AwsError =>
  new AwsError('InvalidServiceName', `The Vpc Endpoint Service '${name}' does not exist`)

function show(world: World, call: CallContext, offer: Offer): ServiceDetail {
  const { service } = offer
  return {
    ServiceName: offer.serviceName,
    ServiceId: offer.serviceId,
    ServiceRegion: call.region,
    ServiceType: [{ ServiceType: offer.type }],
    // The consumer's own names for the provider's zones.
    AvailabilityZones: offer.zoneIds.map((id) => zoneName(world, call, id)).toSorted(),
    AvailabilityZoneIds: offer.zoneIds,
    Owner: offer.owner,
    BaseEndpointDnsNames: [offer.baseDnsName],
    ...(offer.privateDnsNames.length > 0 && {
      PrivateDnsName: offer.privateDnsNames.at(-1),
      PrivateDnsNames: offer.privateDnsNames.map((PrivateDnsName) => ({ PrivateDnsName })),
      PrivateDnsNameVerificationState: offer.nameState,
    }),
    VpcEndpointPolicySupported: offer.policySupported,
    AcceptanceRequired: offer.acceptanceRequired,
    ManagesVpcEndpoints: false,
    SupportedIpAddressTypes: ['ipv4'],
    Tags: service !== undefined && service.account === call.account ? toPairs(service.tags) : [],
  }
}

const facets: Facets<Offer> = {
  'service-name': (offer) => [offer.serviceName],
  'service-type': (offer) => [offer.type],
  'service-region': (offer) => [offer.serviceName.split('.').find((part) => /^[a-z]+-[a-z-]+-\d$/.test(part))],
  owner: (offer) => [offer.owner],
  'supported-ip-address-types': () => ['ipv4'],
}

export const offerOperations = {
  DescribeVpcEndpointServices: operation<DescribeVpcEndpointServicesRequest, DescribeVpcEndpointServicesResult>()(
    ['ServiceNames', 'Filters', 'MaxResults', 'NextToken', 'ServiceRegions'],
    '*',
    (request, call) => {
      const names = request.ServiceNames ?? []
      if ((request.ServiceRegions ?? []).some((region) => region !== call.region)) {
        throw new AwsError('UnsupportedOperation', "The sandbox offers only services of the caller's region")
      }
      const offers = offersFor(call.world, call)
      const missing = names.find((name) => !offers.some((offer) => offer.serviceName === name))
      if (missing !== undefined) throw unknownService(missing)
      const named = offers.filter((offer) => names.length === 0 || names.includes(offer.serviceName))
      const { items, NextToken } = list(named, request, facets)
      return {
        ServiceNames: [...new Set(items.map((offer) => offer.serviceName))],
        ServiceDetails: items.map((offer) => show(call.world, call, offer)),
        NextToken,
      }
    },
  ),
}
