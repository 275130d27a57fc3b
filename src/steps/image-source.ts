import { privateImageIn, registryOf } from '../aws/partition.ts'
import { DescribeVpcAttributeCommand, type RouteTable } from '@aws-sdk/client-ec2'
import * as z from 'zod'
import type { Aws } from '../aws/aws.ts'
import { defineStep } from '../aws/define-step.ts'
import { seconds } from '../engine/step.ts'
import { exits, PrivlinkError } from '../errors.ts'
import { tableOf } from './routes.ts'
import {
  allServices,
  type EndpointProblem,
  type Ground,
  missingProblem,
  namedProblem,
  type NeededService,
  neededServices,
  rivalOf,
  type WantedEndpoints,
} from './shared/service-endpoints.ts'
import { type Action, describe, permission } from '../aws/permissions/permission.ts'
import { namedVpcs } from '../aws/permissions/resources.ts'

interface Inputs {
  vpcId: string
  /** Where tasks run. */
  subnetIds: string[]
  image: string
  endpoints: WantedEndpoints
}

/**
 * Whether tasks in these subnets can get at their image, their secrets and their log: over the internet, or by
 * endpoints that are there or are to be made. Without a way to the internet, an image can only come from a private ECR
 * of the same Region ("Amazon ECR interface VPC endpoints", ECR guide; a pull-through cache is one too, once it holds
 * the image).
 */
export const imageSource = defineStep<Inputs>()({
  id: 'image-source',
  title: 'Way to the image',
  facts: z.object({
    vpcId: z.string(),
    image: z.string(),
    subnetIds: z.array(z.string()),
    /** Tasks need public addresses: the way leads through an internet gateway. */
    needsPublicAddress: z.boolean(),
  }),
  permissions: {
    read: [
      describe('ec2:DescribeRouteTables', 'ec2:DescribeVpcEndpoints'),
      permission('LookAtVpcs', ['ec2:DescribeVpcAttribute'], namedVpcs),
    ],
  },
  // The VPC's attributes matter for private DNS only.
  unneeded: ({ endpoints }): Action[] => (makes(endpoints) ? [] : ['ec2:DescribeVpcAttribute']),
  patience: { upTo: seconds(300), every: seconds(5) },

  async read({ aws, inputs, identity }) {
    const { vpcId, subnetIds, image, endpoints: wanted } = inputs
    if (vpcId === undefined || subnetIds === undefined || image === undefined || wanted === undefined) {
      return { state: 'absent' }
    }
    const [tables, endpoints] = await Promise.all([aws.reads.routeTables({ vpcId }), aws.reads.endpoints({ vpcId })])
    const offline = subnetIds.filter((id) => wayOut(tableOf(tables, id)) === undefined)
    if (offline.length > 0) refuseUnlessNear(aws, image, offline, vpcId)
    const ground: Ground = { region: aws.region, vpcId, subnetIds, tables, endpoints, identity }
    if (makes(wanted)) {
      await refuseWithoutDns(aws, vpcId)
      refuseRivals(ground, wanted)
    }
    const problems = problemsOf(ground, wanted, offline)
    const lasting = problems.filter(({ waiting }) => waiting !== true)
    if (lasting.length > 0) throw unusable(ground, wanted, offline, lasting)
    const [first] = problems
    if (first !== undefined) return { state: 'pending', owner: 'other', why: first.why }
    const needsPublicAddress = subnetIds.some((id) => wayOut(tableOf(tables, id))?.startsWith('igw-') === true)
    return { state: 'ready', owner: 'other', facts: { vpcId, image, subnetIds, needsPublicAddress } }
  },
})

/** Whether some endpoint is to be made. */
const makes = (wanted: unknown): wanted is 'make' | Exclude<WantedEndpoints, string> =>
  wanted === 'make' || (typeof wanted === 'object' && wanted !== null)

const namedIn = (wanted: WantedEndpoints, service: NeededService): string | undefined =>
  typeof wanted === 'string' ? undefined : wanted[service]

/** The target of the default route. Where a NAT or transit gateway or an appliance leads on to is not read. */
function wayOut(table: RouteTable | undefined): string | undefined {
  const route = table?.Routes?.find(({ DestinationCidrBlock }) => DestinationCidrBlock === '0.0.0.0/0')
  if (route === undefined || route.State === 'blackhole') return undefined
  return route.NatGatewayId ?? route.GatewayId ?? route.TransitGatewayId ?? route.NetworkInterfaceId ?? 'other'
}

/** @throws PrivlinkError ImageUnreachable (exit 2) */
function refuseUnlessNear(aws: Aws, image: string, offline: readonly string[], vpcId: string): void {
  const { region } = aws
  const imageRegion = privateImageIn(image)?.region
  if (imageRegion === region) return
  const where = `${offline.join(', ')} of ${vpcId} have no route to the internet`
  const what = imageRegion === undefined ? 'is not in a private ECR' : `is in ${imageRegion}, not in ${region}`
  throw new PrivlinkError('ImageUnreachable', `${image} cannot be pulled: it ${what}, and ${where}`, {
    exit: exits.usage,
    hint: `Copy it to a private ECR and set nginx.image to ${registryOf(aws)}/NAME:TAG with nginx.endpoints: make, or give these subnets a route to a NAT gateway.`,
  })
}

/** As for any private DNS name ("Private DNS", AWS PrivateLink guide). @throws PrivlinkError PrivateDnsImpossible */
async function refuseWithoutDns(aws: Aws, vpcId: string): Promise<void> {
  const [support, hostnames] = await Promise.all([
    aws.ec2(new DescribeVpcAttributeCommand({ VpcId: vpcId, Attribute: 'enableDnsSupport' })),
    aws.ec2(new DescribeVpcAttributeCommand({ VpcId: vpcId, Attribute: 'enableDnsHostnames' })),
  ])
  if (support.EnableDnsSupport?.Value === true && hostnames.EnableDnsHostnames?.Value === true) return
  throw new PrivlinkError('PrivateDnsImpossible', `${vpcId} has enableDnsSupport or enableDnsHostnames off`, {
    exit: exits.usage,
    hint: `Turn both on for ${vpcId} in account ${aws.name}: tasks find ECR, S3, CloudWatch Logs and Secrets Manager by name.`,
  })
}

/** @throws PrivlinkError EndpointsThere (exit 2) */
function refuseRivals(ground: Ground, wanted: WantedEndpoints): void {
  const rivals = allServices.flatMap((service) => {
    const id = namedIn(wanted, service) === undefined ? rivalOf(ground, service) : undefined
    return id === undefined ? [] : [[service, id] as const]
  })
  if (rivals.length === 0) return
  const told = rivals.map(([service, id]) => `${id} (${neededServices[service]})`).join(', ')
  throw new PrivlinkError(
    'EndpointsThere',
    `${ground.vpcId} has endpoints already that new ones cannot stand beside: ${told}`,
    {
      exit: exits.usage,
      hint: `Name them: nginx.endpoints: { ${rivals.map(([service, id]) => `${service}: ${id}`).join(', ')} }; the others are made.`,
    },
  )
}

/** Those that the config names must do in any case; others must be there only for subnets without a way out. */
function problemsOf(ground: Ground, wanted: WantedEndpoints, offline: readonly string[]): EndpointProblem[] {
  const isFound = !makes(wanted) && offline.length > 0
  return allServices.flatMap((service): EndpointProblem[] => {
    const id = namedIn(wanted, service)
    const problem =
      id !== undefined
        ? namedProblem(ground, service, id)
        : isFound
          ? missingProblem({ ...ground, subnetIds: offline }, service)
          : undefined
    return problem === undefined ? [] : [problem]
  })
}

function unusable(
  { vpcId }: Ground,
  wanted: WantedEndpoints,
  offline: readonly string[],
  problems: readonly EndpointProblem[],
): PrivlinkError {
  const told = problems.map(({ why }) => why).join('; ')
  const from = offline.length === 0 ? '' : `; ${offline.join(', ')} have no route to the internet`
  const hint = makes(wanted)
    ? 'Name an endpoint that is available, with private DNS, and for S3 in the route tables of all these subnets; or leave it out to have one made.'
    : 'Set nginx.endpoints: make, name those that are there, or give these subnets a route to a NAT gateway.'
  return new PrivlinkError('EndpointsUnusable', `Tasks in ${vpcId} cannot start: ${told}${from}`, {
    exit: exits.usage,
    hint,
  })
}
