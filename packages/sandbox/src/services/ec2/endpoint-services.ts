import { toPairs } from '../tags.ts'
import type {
  CreateVpcEndpointServiceConfigurationRequest,
  CreateVpcEndpointServiceConfigurationResult,
  DeleteVpcEndpointServiceConfigurationsRequest,
  DeleteVpcEndpointServiceConfigurationsResult,
  DescribeVpcEndpointServiceConfigurationsRequest,
  DescribeVpcEndpointServiceConfigurationsResult,
  ModifyVpcEndpointServiceConfigurationRequest,
  ModifyVpcEndpointServiceConfigurationResult,
  ServiceConfiguration,
  UnsuccessfulItem,
} from '@aws-sdk/client-ec2'
import { exists, type World } from '../../state/world.ts'
import { operation } from '../operation.ts'
import {
  checkLoadBalancer,
  createEndpointService,
  deleteEndpointService,
  hasLiveConnections,
} from '../../writes/endpoint-services.ts'
import { failedItem } from './endpoints.ts'
import { list, type Facets } from './filters.ts'
import { kinds, getRow, getRows, findRow } from '../../reads/ec2-rows.ts'
import { zonesOfService } from './offers.ts'
import { newPrivateName, showPrivateName } from './private-dns-names.ts'
import type { EndpointService } from '../../state/ec2.ts'
import { takeTags } from './tags.ts'
import { once } from './tokens.ts'
import { AwsError } from '../../state/aws-error.ts'
import { zoneName } from '../../reads/zones.ts'
import { onEach, onService, makes } from './required-permissions.ts'

function show(world: World, service: EndpointService, now: number): ServiceConfiguration {
  const zoneIds = zonesOfService(world, service)
  return {
    ServiceId: service.serviceId,
    ServiceName: service.serviceName,
    ServiceType: [{ ServiceType: 'Interface' }],
    ServiceState: service.deletingSince === undefined ? 'Available' : 'Deleting',
    AvailabilityZones: zoneIds.map((id) => zoneName(world, service, id)).toSorted(),
    AvailabilityZoneIds: zoneIds,
    AcceptanceRequired: service.acceptanceRequired,
    ManagesVpcEndpoints: false,
    NetworkLoadBalancerArns: service.loadBalancerArns,
    SupportedIpAddressTypes: ['ipv4'],
    BaseEndpointDnsNames: [`${service.serviceId}.${service.region}.vpce.amazonaws.com`],
    SupportedRegions: [{ Region: service.region, ServiceState: 'Available' }],
    RemoteAccessEnabled: false,
    ...showPrivateName(world, service, now),
    Tags: toPairs(service.tags),
  }
}

const facets: Facets<EndpointService> = {
  'service-id': (service) => [service.serviceId],
  'service-name': (service) => [service.serviceName],
  'service-state': (service) => [service.deletingSince === undefined ? 'Available' : 'Deleting'],
  'supported-ip-address-types': () => ['ipv4'],
}

/** IPv4 only: the sandbox's network has nothing else. */
function checkAddressTypes(types: readonly string[]): void {
  const other = types.find((type) => type !== 'ipv4')
  if (other !== undefined) throw new AwsError('UnsupportedOperation', `The sandbox has no ${other} endpoint services`)
}

/** Another name has to be proved anew; a name that endpoints use stays: both assumed. */
function renameService(
  world: World,
  now: number,
  service: EndpointService,
  { PrivateDnsName: name, RemovePrivateDnsName: remove }: ModifyVpcEndpointServiceConfigurationRequest,
): void {
  const isChange = remove === true || (name !== undefined && name !== '' && name !== service.privateDns?.name)
  if (!isChange) return
  const users = Object.values(world.ec2.endpoints).filter(
    (one) => one.serviceName === service.serviceName && one.privateDnsEnabled && exists(one, now),
  )
  if (users.length > 0) {
    const message = `The private DNS name of ${service.serviceId} is used by ${users.map((one) => one.endpointId).join(', ')}.`
    throw new AwsError('InvalidParameter', message)
  }
  delete service.privateDns
  if (remove !== true && name) service.privateDns = newPrivateName(world, name)
}

export const endpointServiceOperations = {
  CreateVpcEndpointServiceConfiguration: operation<
    CreateVpcEndpointServiceConfigurationRequest,
    CreateVpcEndpointServiceConfigurationResult
  >()(
    [
      'AcceptanceRequired',
      'PrivateDnsName',
      'NetworkLoadBalancerArns',
      'SupportedIpAddressTypes',
      'ClientToken',
      'TagSpecifications',
    ],
    makes(kinds.endpointService),
    (request, { world, ...call }) => {
      const create = () => {
        const loadBalancerArns = [...new Set(request.NetworkLoadBalancerArns)]
        if (loadBalancerArns.length === 0) {
          const message =
            'exactly one of network_load_balancer_arn or gateway_load_balancer_arn is a required member of the request'
          throw new AwsError('MissingParameter', message)
        }
        checkAddressTypes(request.SupportedIpAddressTypes ?? [])
        const tags = takeTags(request.TagSpecifications, kinds.endpointService.type)
        // Acceptance is required unless the request says otherwise (PrivateLink guide; the console's default).
        const acceptanceRequired = request.AcceptanceRequired ?? true
        const made = createEndpointService(world, call, { loadBalancerArns, acceptanceRequired, tags })
        if (request.PrivateDnsName) made.privateDns = newPrivateName(world, request.PrivateDnsName)
        return made
      }
      const find = (id: string) => findRow(world, call, kinds.endpointService, id)
      const operationName = 'CreateVpcEndpointServiceConfiguration'
      const service = once({ world, ...call }, operationName, request, find, create, (made) => made.serviceId)
      return { ServiceConfiguration: show(world, service, call.now), ClientToken: request.ClientToken }
    },
  ),

  DescribeVpcEndpointServiceConfigurations: operation<
    DescribeVpcEndpointServiceConfigurationsRequest,
    DescribeVpcEndpointServiceConfigurationsResult
  >()(['ServiceIds', 'Filters', 'MaxResults', 'NextToken'], '*', (request, { world, ...call }) => {
    const { items, NextToken } = list(getRows(world, call, kinds.endpointService, request.ServiceIds), request, facets)
    return { ServiceConfigurations: items.map((service) => show(world, service, call.now)), NextToken }
  }),

  /** On AWS, an empty change makes a zone usable that the load balancer got later; here that zone is usable at once. */
  ModifyVpcEndpointServiceConfiguration: operation<
    ModifyVpcEndpointServiceConfigurationRequest,
    ModifyVpcEndpointServiceConfigurationResult
  >()(
    [
      'ServiceId',
      'PrivateDnsName',
      'RemovePrivateDnsName',
      'AcceptanceRequired',
      'AddNetworkLoadBalancerArns',
      'RemoveNetworkLoadBalancerArns',
      'AddSupportedIpAddressTypes',
    ],
    onService,
    (request, { world, ...call }) => {
      const service = getRow(world, call, kinds.endpointService, request.ServiceId)
      const removed = request.RemoveNetworkLoadBalancerArns ?? []
      const added = (request.AddNetworkLoadBalancerArns ?? []).filter((arn) => !service.loadBalancerArns.includes(arn))
      checkAddressTypes(request.AddSupportedIpAddressTypes ?? [])
      if (removed.length > 0 && hasLiveConnections(world, service, call.now)) {
        throw new AwsError('ExistingVpcEndpointConnections', existingConnections(service))
      }
      for (const arn of added) checkLoadBalancer(world, call, arn)
      renameService(world, call.now, service, request)
      service.loadBalancerArns = [...service.loadBalancerArns.filter((arn) => !removed.includes(arn)), ...added]
      service.acceptanceRequired = request.AcceptanceRequired ?? service.acceptanceRequired
      return { Return: true }
    },
  ),

  /** Answers 200 whatever becomes of the items. */
  DeleteVpcEndpointServiceConfigurations: operation<
    DeleteVpcEndpointServiceConfigurationsRequest,
    DeleteVpcEndpointServiceConfigurationsResult
  >()(['ServiceIds'], onEach(kinds.endpointService, 'ServiceIds'), ({ ServiceIds = [] }, { world, ...call }) => {
    const unsuccessful: UnsuccessfulItem[] = []
    for (const id of ServiceIds) {
      const service = findRow(world, call, kinds.endpointService, id)
      if (service === undefined) {
        unsuccessful.push(failedItem(id, 'InvalidVpcEndpointService.NotFound', kinds.endpointService.absent(id)))
      } else if (hasLiveConnections(world, service, call.now)) {
        unsuccessful.push(failedItem(id, 'ExistingVpcEndpointConnections', existingConnections(service)))
      } else deleteEndpointService(world, id, call.now)
    }
    return { Unsuccessful: unsuccessful }
  }),
}

const existingConnections = (service: EndpointService): string =>
  `Service ${service.serviceId} has existing active VPC Endpoint connections!`
