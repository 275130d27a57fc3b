import { DescribeVpcAttributeCommand } from '@aws-sdk/client-ec2'
import * as z from 'zod'
import { defineStep } from '../aws/define-step.ts'
import { type Warning, seconds } from '../engine/step.ts'
import { exits, PrivlinkError } from '../errors.ts'
import { tagMap } from '../aws/tags.ts'
import { ownerWithin, stateOf } from './shared/ownership.ts'
import { describe, permission } from '../aws/permissions/permission.ts'
import { namedVpcs } from '../aws/permissions/resources.ts'

interface Inputs {
  vpcId: string
  serviceName: string
  /** One that is there already and has to have the name; without it, room for a new one is looked for. */
  endpointId?: string
}

/**
 * Whether private DNS names can be had in a VPC: both DNS attributes must be on, and only one endpoint of a service may
 * have the name ("Private DNS for interface endpoints", AWS PrivateLink guide).
 */
export const privateDns = defineStep<Inputs>()({
  id: 'private-dns',
  title: 'Room for the private DNS name in the VPC',
  facts: z.object({ vpcId: z.string() }),
  permissions: {
    read: [permission('LookAtVpcs', ['ec2:DescribeVpcAttribute'], namedVpcs), describe('ec2:DescribeVpcEndpoints')],
  },
  patience: { upTo: seconds(30), every: seconds(5) },

  async read({ aws, inputs, identity }) {
    const { vpcId, serviceName, endpointId } = inputs
    if (vpcId === undefined || serviceName === undefined) return { state: 'absent' }
    const [support, hostnames, endpoints] = await Promise.all([
      aws.ec2(new DescribeVpcAttributeCommand({ VpcId: vpcId, Attribute: 'enableDnsSupport' })),
      aws.ec2(new DescribeVpcAttributeCommand({ VpcId: vpcId, Attribute: 'enableDnsHostnames' })),
      aws.reads.endpoints({ vpcId }),
    ])
    if (support.EnableDnsSupport?.Value !== true || hostnames.EnableDnsHostnames?.Value !== true) {
      throw new PrivlinkError('PrivateDnsImpossible', `${vpcId} has enableDnsSupport or enableDnsHostnames off`, {
        hint: `Turn both on for ${vpcId} in account ${aws.name}, or set executeApi.privateDns: false for this network.`,
      })
    }
    const named = endpoints.filter(
      (one) =>
        one.ServiceName === serviceName &&
        one.PrivateDnsEnabled === true &&
        !['deleted', 'failed', 'rejected'].includes(stateOf(one.State)),
    )
    if (endpointId !== undefined) {
      if (!named.some(({ VpcEndpointId }) => VpcEndpointId === endpointId)) throw nameless(endpointId, vpcId)
      return { state: 'ready', owner: 'other', facts: { vpcId } }
    }
    const rival = named.find((one) => ownerWithin(identity, tagMap(one.Tags)) === 'other')
    if (rival !== undefined) {
      throw new PrivlinkError('PrivateDnsTaken', `${rival.VpcEndpointId} has the private name in ${vpcId} already`, {
        exit: exits.usage,
        hint: `Use it with executeApi.endpointId: ${rival.VpcEndpointId} for this network, or set executeApi.privateDns: false.`,
      })
    }
    return { state: 'ready', owner: 'other', facts: { vpcId }, ...(named.length === 0 && { warning: captures(vpcId) }) }
  },
})

const nameless = (endpointId: string, vpcId: string): PrivlinkError =>
  new PrivlinkError(
    'PrivateDnsOff',
    `${endpointId} in ${vpcId} has no private DNS, by which a function there calls APIs`,
    {
      exit: exits.usage,
      hint: `Turn private DNS on for ${endpointId}, or leave out executeApi.endpointId to have an endpoint made.`,
    },
  )

/** "Private DNS for private APIs" (API Gateway guide): the name covers all APIs of the Region, public ones too. */
const captures = (vpcId: string): Warning => ({
  message: `in ${vpcId}, private DNS will lead all names under execute-api to the new endpoint: public APIs can then only be called there by a custom domain name`,
  hint: 'Set executeApi.privateDns: false for this network if something in it calls public APIs of API Gateway.',
})
