import * as z from 'zod'
import { defineStep, textsIn } from '../aws/define-step.ts'
import { seconds } from '../engine/step.ts'
import type { ErrorCode } from '../error-codes.ts'
import { exits, PrivlinkError } from '../errors.ts'
import { given } from './shared/ownership.ts'
import { describe } from '../aws/permissions/permission.ts'

const subnetSchema = z.object({ subnetId: z.string(), zoneId: z.string(), cidr: z.string() })

export type PlacedSubnet = z.infer<typeof subnetSchema>

/**
 * The VPC and the subnets that the config names. Zones are told by their ids, since names map differently in every
 * account (Subnet.AvailabilityZoneId, EC2 API reference).
 */
export const network = defineStep<{ vpcId: string; subnetIds: string[] }>()({
  id: 'network',
  title: 'VPC and subnets',
  names: ({ vpcId, subnetIds }) => ({ vpcIds: textsIn(vpcId), subnetIds: textsIn(subnetIds) }),
  facts: z.object({ vpcId: z.string(), cidrBlocks: z.array(z.string()), subnets: z.array(subnetSchema) }),
  permissions: {
    read: [describe('ec2:DescribeVpcs', 'ec2:DescribeSubnets')],
  },
  patience: { upTo: seconds(30), every: seconds(5) },
  mergedInputs: ['subnetIds'],

  async read({ aws, inputs }) {
    const { vpcId, subnetIds = [] } = inputs
    if (vpcId === undefined) return { state: 'absent' }
    const [[vpc], ...found] = await Promise.all([
      aws.reads.vpcs({ id: vpcId }),
      ...subnetIds.map((id) => aws.reads.subnets({ id })),
    ])
    const place = `account ${aws.name} (${aws.accountId}, ${aws.region})`
    if (vpc === undefined) throw misplaced('VpcNotFound', `${vpcId} does not exist in ${place}`)
    const subnets = subnetIds.map((subnetId, index) => {
      const subnet = found[index]?.[0]
      if (subnet === undefined) throw misplaced('SubnetNotFound', `${subnetId} does not exist in ${place}`)
      if (subnet.VpcId !== vpcId) {
        throw misplaced('SubnetOfAnotherVpc', `${subnetId} in ${place} belongs to ${subnet.VpcId}, not to ${vpcId}`)
      }
      const zoneId = given(subnet.AvailabilityZoneId, `the zone id of ${subnetId}`)
      return { subnetId, zoneId, cidr: given(subnet.CidrBlock, `the CIDR block of ${subnetId}`) }
    })
    return { state: 'ready', owner: 'other', facts: { vpcId, cidrBlocks: blocksOf(vpc), subnets } }
  },
})

/** All IPv4 blocks that are in use: the first one and those associated later. */
const blocksOf = (vpc: {
  CidrBlock?: string | undefined
  CidrBlockAssociationSet?:
    | { CidrBlock?: string | undefined; CidrBlockState?: { State?: string | undefined } | undefined }[]
    | undefined
}): string[] => {
  const associated = (vpc.CidrBlockAssociationSet ?? [])
    .filter(({ CidrBlockState }) => (CidrBlockState?.State ?? 'associated') === 'associated')
    .map(({ CidrBlock }) => CidrBlock)
  return [...new Set([vpc.CidrBlock, ...associated])].filter((block) => block !== undefined)
}

const misplaced = (code: ErrorCode, message: string): PrivlinkError =>
  new PrivlinkError(code, message, {
    exit: exits.usage,
    hint: 'Correct vpcId and subnetIds under "networks" in the config, or the network\'s account and region.',
  })
