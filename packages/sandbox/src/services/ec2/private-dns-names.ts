import type {
  PrivateDnsNameConfiguration,
  StartVpcEndpointServicePrivateDnsVerificationRequest,
  StartVpcEndpointServicePrivateDnsVerificationResult,
} from '@aws-sdk/client-ec2'
import { durations } from '../../state/durations.ts'
import { operation } from '../operation.ts'
import { newId, type World } from '../../state/world.ts'
import { publicTexts } from '../../reads/hosted-zones.ts'
import { kinds, getRow } from '../../reads/ec2-rows.ts'
import type { EndpointService, PrivateDnsName } from '../../state/ec2.ts'
import { AwsError } from '../../state/aws-error.ts'
import { onService } from './required-permissions.ts'

/**
 * A new private DNS name of an endpoint service, whose domain is still to be proved. Throws InvalidParameter for what
 * is no name; it may begin with a wildcard.
 */
export function newPrivateName(world: World, name: string): PrivateDnsName {
  if (name.length > 255 || !/^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/i.test(name)) {
    throw new AwsError('InvalidParameter', `The private DNS name ${name} is not valid.`)
  }
  return { name: name.toLowerCase(), recordName: `_${newId(world, '', 20)}`, value: `vpce:${newId(world, '', 20)}` }
}

/**
 * The state of a service's private name. AWS looks for the TXT record once it is asked to, and decides 1 to 10 minutes
 * later; the sandbox looks when that time is over. What is decided stays.
 */
export function privateNameState(
  world: World,
  { privateDns }: EndpointService,
  now: number,
): 'pendingVerification' | 'verified' | 'failed' | undefined {
  if (privateDns === undefined) return undefined
  const { decidesAt } = privateDns
  if (decidesAt !== undefined && now >= decidesAt) {
    privateDns.outcome = isProved(world, privateDns, now) ? 'verified' : 'failed'
    delete privateDns.decidesAt
  }
  return privateDns.decidesAt === undefined ? (privateDns.outcome ?? 'pendingVerification') : 'pendingVerification'
}

/** The record counts at the name itself or at a domain above it ("Manage DNS names", AWS PrivateLink guide). */
function isProved(world: World, { name, recordName, value }: PrivateDnsName, now: number): boolean {
  const labels = name.replace(/^\*\./, '').split('.')
  const domains = labels.slice(0, -1).map((_, index) => labels.slice(index).join('.'))
  return domains.some((domain) => publicTexts(world, now, `${recordName}.${domain}`).includes(value))
}

/** The name as its owner sees it. */
export function showPrivateName(
  world: World,
  service: EndpointService,
  now: number,
): { PrivateDnsName?: string; PrivateDnsNameConfiguration?: PrivateDnsNameConfiguration } {
  const { privateDns } = service
  if (privateDns === undefined) return {}
  return {
    PrivateDnsName: privateDns.name,
    PrivateDnsNameConfiguration: {
      State: privateNameState(world, service, now),
      Type: 'TXT',
      Value: privateDns.value,
      Name: privateDns.recordName,
    },
  }
}

export const privateNameOperations = {
  /** A name that has been verified stays so; a failed one is tried again. The error's code is assumed. */
  StartVpcEndpointServicePrivateDnsVerification: operation<
    StartVpcEndpointServicePrivateDnsVerificationRequest,
    StartVpcEndpointServicePrivateDnsVerificationResult
  >()(['ServiceId'], onService, ({ ServiceId }, { world, ...call }) => {
    const service = getRow(world, call, kinds.endpointService, ServiceId)
    if (service.privateDns === undefined) {
      throw new AwsError('InvalidParameter', `The service ${service.serviceId} does not have a private DNS name.`)
    }
    if (privateNameState(world, service, call.now) !== 'verified') {
      service.privateDns.decidesAt ??= call.now + durations.privateNameVerified
    }
    return { ReturnValue: true }
  }),
}
