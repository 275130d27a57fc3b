import type {
  AssociateVPCWithHostedZoneRequest,
  AssociateVPCWithHostedZoneResponse,
  DisassociateVPCFromHostedZoneRequest,
  DisassociateVPCFromHostedZoneResponse,
  VPC,
} from '@aws-sdk/client-route-53'
import { durations } from '../../state/durations.ts'
import { operation, type Call } from '../operation.ts'
import { getHostedZone, isPrivate, showChange, startChange } from './lookup.ts'
import type { ZoneVpc } from '../../state/route53.ts'
import { AwsError } from '../../state/aws-error.ts'
import { zonesOfVpc } from '../../reads/hosted-zones.ts'
import { withVpc, onZone } from './required-permissions.ts'

/**
 * A VPC's place among a zone's. Another account's VPC would need an authorization, which the sandbox does not model.
 *
 * @throws AwsError InvalidVPCId, NotAuthorizedException; ConflictingDomainExists: one VPC has one zone of a name.
 */
export function associationOf({ world, account, now }: Call, name: string, { VPCId = '', VPCRegion }: VPC): ZoneVpc {
  const vpc = world.ec2.vpcs[VPCId]
  if (vpc !== undefined && vpc.account !== account) {
    const message = `The VPC: ${VPCId} you provided is not authorized to make the association.`
    throw new AwsError('NotAuthorizedException', message)
  }
  if (vpc === undefined || vpc.region !== VPCRegion) {
    throw new AwsError('InvalidVPCId', `The VPC: ${VPCId} in region ${VPCRegion} that you provided is not valid.`)
  }
  const rival = zonesOfVpc(world.route53.zones, VPCId).find((zone) => zone.name === name)
  if (rival !== undefined) {
    const message = `The VPC ${VPCId} in region ${VPCRegion} has already been associated with the hosted zone ${rival.zoneId} with the same domain name.`
    throw new AwsError('ConflictingDomainExists', message)
  }
  return { vpcId: VPCId, region: vpc.region, servedFrom: now + durations.dnsInSync }
}

export const associationOperations = {
  AssociateVPCWithHostedZone: operation<AssociateVPCWithHostedZoneRequest, AssociateVPCWithHostedZoneResponse>()(
    ['HostedZoneId', 'VPC', 'Comment'],
    withVpc(onZone),
    ({ HostedZoneId, VPC, Comment }, call) => {
      const zone = getHostedZone(call, HostedZoneId)
      if (!isPrivate(zone)) {
        const message = `The hosted zone ${zone.zoneId} is a public hosted zone and cannot be associated with a VPC.`
        throw new AwsError('PublicZoneVPCAssociation', message)
      }
      zone.vpcs.push(associationOf(call, zone.name, VPC ?? {}))
      return { ChangeInfo: showChange(startChange(call, Comment), call.now) }
    },
  ),

  DisassociateVPCFromHostedZone: operation<
    DisassociateVPCFromHostedZoneRequest,
    DisassociateVPCFromHostedZoneResponse
  >()(['HostedZoneId', 'VPC', 'Comment'], withVpc(onZone), ({ HostedZoneId, VPC, Comment }, call) => {
    const zone = getHostedZone(call, HostedZoneId)
    const rest = zone.vpcs.filter(({ vpcId }) => vpcId !== VPC?.VPCId)
    if (rest.length === zone.vpcs.length) {
      const message = `The specified VPC and hosted zone are not currently associated: ${VPC?.VPCId}, ${zone.zoneId}`
      throw new AwsError('VPCAssociationNotFound', message)
    }
    if (rest.length === 0) {
      const message = `The VPC that you're trying to disassociate from the private hosted zone is the last VPC that is associated with the hosted zone ${zone.zoneId}.`
      throw new AwsError('LastVPCAssociation', message)
    }
    zone.vpcs = rest
    return { ChangeInfo: showChange(startChange(call, Comment), call.now) }
  }),
}
