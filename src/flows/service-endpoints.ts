// Adds the endpoints of AWS's services that the tasks of an mtls-proxy need.
import { type Ref, together } from '../engine/ref.ts'
import { gatewayEndpoint } from '../steps/gateway-endpoint.ts'
import { imageSource } from '../steps/image-source.ts'
import { interfaceEndpoint } from '../steps/interface-endpoint.ts'
import { securityGroup } from '../steps/security-group.ts'
import {
  interfaceServices,
  type NamedEndpoints,
  serviceNameOf,
  type WantedEndpoints,
} from '../steps/shared/service-endpoints.ts'
import type { FlowContext } from './flow.ts'
import { addNetwork, sharedBuilder } from './link.ts'
import type { ResolvedNetwork } from './accounts-and-networks.ts'

/**
 * Adds the gate that checks whether tasks can get their image. Nodes that take `image` or `vpcId` from it are not
 * created before it is passed.
 */
export const addImageSource = (
  context: FlowContext,
  article: string,
  network: ResolvedNetwork,
  wanted: { image: string; endpoints: WantedEndpoints },
) =>
  context.builder.step(article, 'image-source', imageSource, network.account.key, {
    vpcId: network.vpcId,
    subnetIds: network.subnetIds,
    ...wanted,
  })

/**
 * Adds the endpoints by which tasks reach ECR, S3, CloudWatch Logs and Secrets Manager, with private DNS: named ones
 * are used as they are, others are made once for all proxies of the network, behind one group that lets in the groups
 * of all of them.
 *
 * @returns a reference that is known once all of them are ready; at once where none are wanted.
 */
export function addServiceEndpoints(
  context: FlowContext,
  article: string,
  network: ResolvedNetwork,
  wanted: WantedEndpoints,
  /** Id of the tasks' security group. */
  taskGroupId: Ref<string>,
): Ref<unknown> {
  if (wanted === 'none' || wanted === 'find') return together<string[]>([])
  const named: NamedEndpoints = wanted === 'make' ? {} : wanted
  const { account, vpcId, subnetIds, region } = network
  const builder = sharedBuilder(context, network)
  const found = addNetwork(context, article, network)
  const isAnyMade = interfaceServices.some((service) => named[service] === undefined)
  const group = isAnyMade
    ? builder.step(article, 'services-group', securityGroup, account.key, {
        vpcId: found.facts.vpcId,
        description: 'Endpoints of AWS services for proxies',
        ingress: [{ port: 443, groupId: taskGroupId }],
        egress: [],
      })
    : undefined
  const interfaces = interfaceServices.map((service) => {
    const serviceName = serviceNameOf(region, service)
    const name = `service-${service.toLowerCase()}`
    const id = named[service]
    if (id !== undefined || group === undefined) {
      return builder.step(article, name, interfaceEndpoint, account.key, { vpcId, serviceName }, id)
    }
    return builder.step(article, name, interfaceEndpoint, account.key, {
      vpcId: found.facts.vpcId,
      serviceName,
      subnetIds,
      securityGroupIds: [group.facts.groupId],
      privateDns: true,
    })
  })
  const serviceName = serviceNameOf(region, 's3')
  const s3 =
    named.s3 === undefined
      ? builder.step(article, 'service-s3', gatewayEndpoint, account.key, {
          vpcId: found.facts.vpcId,
          serviceName,
          subnetIds,
        })
      : builder.step(article, 'service-s3', gatewayEndpoint, account.key, { vpcId, serviceName }, named.s3)
  return together([...interfaces, s3].map(({ facts }) => facts.endpointId))
}
