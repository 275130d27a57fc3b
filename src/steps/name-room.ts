import { DescribeVpcAttributeCommand } from '@aws-sdk/client-ec2'
import * as z from 'zod'
import { defineStep } from '../aws/define-step.ts'
import { type Warning, seconds } from '../engine/step.ts'
import { exits, PrivlinkError } from '../errors.ts'
import { liesIn, mayBePublic } from './shared/domain-name.ts'
import { zonesOfVpc } from './hosted-zone.ts'
import { ofVpcs } from '../aws/permissions/conditions.ts'
import { describe, everything, permission } from '../aws/permissions/permission.ts'
import { namedVpcs } from '../aws/permissions/resources.ts'

interface Inputs {
  vpcId: string
  name: string
  /** The name that is to lead to the endpoint. */
  by: 'hosted-zone' | 'private-dns'
}

/**
 * Whether a private name can be had in a VPC: its resolver asks private zones only with both DNS attributes on
 * ("Considerations when working with a private hosted zone", Route 53 guide), and a private DNS name needs that there
 * is no private zone of the name yet (CreateVpcEndpoint, seen in issues: "already a conflicting DNS domain").
 */
export const nameRoom = defineStep<Inputs>()({
  id: 'name-room',
  title: "Room for the proxy's name in the VPC",
  facts: z.object({ vpcId: z.string() }),
  permissions: {
    read: [
      permission('LookAtVpcs', ['ec2:DescribeVpcAttribute'], namedVpcs),
      describe('ec2:DescribeVpcs'),
      permission('FindZonesOfVpcs', ['route53:ListHostedZonesByVPC'], everything, ofVpcs),
    ],
  },
  patience: { upTo: seconds(30), every: seconds(5) },

  async read({ aws, inputs: { vpcId, name, by } }) {
    if (vpcId === undefined || name === undefined) return { state: 'absent' }
    const [support, hostnames, zones] = await Promise.all([
      aws.ec2(new DescribeVpcAttributeCommand({ VpcId: vpcId, Attribute: 'enableDnsSupport' })),
      aws.ec2(new DescribeVpcAttributeCommand({ VpcId: vpcId, Attribute: 'enableDnsHostnames' })),
      zonesOfVpc(aws, vpcId),
    ])
    if (support.EnableDnsSupport?.Value !== true || hostnames.EnableDnsHostnames?.Value !== true) {
      throw new PrivlinkError('PrivateNameImpossible', `${vpcId} has enableDnsSupport or enableDnsHostnames off`, {
        hint: `Turn both on for ${vpcId} in account ${aws.name}, or set names: none and lead the name there yourself.`,
      })
    }
    const taken = zones.find((zone) => zone.name === name && /^\d{12}$/.test(zone.owner))
    if (by === 'private-dns' && taken !== undefined) {
      throw new PrivlinkError('ZoneTaken', `${vpcId} has a private hosted zone ${name} already: ${taken.zoneId}`, {
        exit: exits.usage,
        hint: 'Remove that zone, or set names: hosted-zone and adopt it.',
      })
    }
    const isNew = !zones.some((zone) => liesIn(name, zone.name))
    const facts = { vpcId }
    return { state: 'ready', owner: 'other', facts, ...(isNew && mayBePublic(name) && { warning: hides(vpcId, name) }) }
  },
})

/** The longest matching private zone answers alone, even if it does not have the name that is asked for. */
const hides = (vpcId: string, name: string): Warning => ({
  message: `in ${vpcId}, ${name} and all names below it will only lead to the proxy's endpoint: what public DNS says of them is hidden there`,
  hint: 'Set names: none if something in this VPC needs public names of that domain.',
})
