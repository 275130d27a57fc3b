import * as z from 'zod'
import type { Aws } from '../aws/aws.ts'
import { defineStep } from '../aws/define-step.ts'
import { tagMap } from '../aws/tags.ts'
import { type Identity, seconds } from '../engine/step.ts'
import { exits, PrivlinkError } from '../errors.ts'
import { ownerWithin, stateOf } from './shared/ownership.ts'
import { type Action, describe, permission, when } from '../aws/permissions/permission.ts'
import { api } from '../aws/permissions/resources.ts'

/**
 * The quotas of an account in one Region unless they have been raised: "Amazon API Gateway quotas", "AWS PrivateLink
 * quotas", "Quotas for your Network Load Balancers".
 */
const defaultQuotas = {
  vpcLinks: 20,
  privateApis: 600,
  loadBalancers: 50,
  listenersPerLoadBalancer: 50,
  endpointsPerVpc: 50,
} as const

type QuotaName = keyof typeof defaultQuotas

const told: Record<QuotaName, string> = {
  vpcLinks: 'VPC links',
  privateApis: 'private REST APIs',
  loadBalancers: 'Network Load Balancers',
  listenersPerLoadBalancer: 'listeners on one load balancer',
  endpointsPerVpc: 'interface endpoints',
}

interface Inputs {
  /** Quotas that have been raised for this account. */
  raised: Partial<Record<QuotaName, number | undefined>>
  /** How many of each this deployment is to have. */
  vpcLinks: number
  privateApis: number
  loadBalancers: number
  /** On the load balancer that has most. */
  listeners: number
  /** The VPC of every interface endpoint. */
  endpointVpcIds: string[]
}

/** How many there are of something that belong to others, and how many this deployment wants beside them. */
interface Claim {
  quota: QuotaName
  have: number
  want: number
  /** Where, if the quota is not the whole account's. */
  within?: string
}

/**
 * Whether AWS will allow all that the config asks for, told before anything is made. What this deployment has already
 * is part of what it wants.
 */
export const quotas = defineStep<Inputs>()({
  id: 'quotas',
  title: 'Room within the quotas of the account',
  facts: z.object({ room: z.array(z.object({ quota: z.string(), left: z.number() })) }),
  permissions: {
    read: [
      permission('LookAtApis', ['apigateway:GET'], api('/restapis', '/restapis/*')),
      permission('LookAtLinks', ['apigateway:GET'], api('/vpclinks')),
      describe(
        'ec2:DescribeVpcEndpoints',
        'elasticloadbalancing:DescribeLoadBalancers',
        'elasticloadbalancing:DescribeTags',
      ),
    ],
  },
  unneeded: ({ vpcLinks, privateApis, loadBalancers, endpointVpcIds }): Action[] => [
    ...when(vpcLinks === 0 && privateApis === 0, 'apigateway:GET'),
    ...when(loadBalancers === 0, 'elasticloadbalancing:DescribeLoadBalancers', 'elasticloadbalancing:DescribeTags'),
    ...when(Array.isArray(endpointVpcIds) && endpointVpcIds.length === 0, 'ec2:DescribeVpcEndpoints'),
  ],
  patience: { upTo: seconds(30), every: seconds(5) },

  async read({ aws, inputs, identity }) {
    if (!isComplete(inputs)) return { state: 'absent' }
    const quotaOf = ({ quota }: Claim): number => inputs.raised[quota] ?? defaultQuotas[quota]
    const claims = await claimsOf(aws, inputs, identity)
    const excess = claims.filter((claim) => claim.have + claim.want > quotaOf(claim))
    if (excess.length > 0) throw tooSmall(aws, excess, quotaOf)
    const room = claims.map((claim) => ({ quota: claim.quota, left: quotaOf(claim) - claim.have - claim.want }))
    return { state: 'ready', owner: 'other', facts: { room } }
  },
})

const isComplete = (inputs: Partial<Inputs>): inputs is Inputs =>
  (['raised', 'vpcLinks', 'privateApis', 'loadBalancers', 'listeners', 'endpointVpcIds'] as const).every(
    (name) => inputs[name] !== undefined,
  )

async function claimsOf(aws: Aws, inputs: Inputs, identity: Identity): Promise<Claim[]> {
  const { vpcLinks, privateApis, loadBalancers, listeners, endpointVpcIds } = inputs
  const all = { all: true } as const
  const [links, apis, balancers, ...endpoints] = await Promise.all([
    vpcLinks > 0 ? aws.reads.vpcLinks(all) : [],
    privateApis > 0 ? aws.reads.restApis(all) : [],
    loadBalancers > 0 ? aws.reads.loadBalancers(all) : [],
    ...[...new Set(endpointVpcIds)].map(async (vpcId) => ({ vpcId, rows: await aws.reads.endpoints({ vpcId }) })),
  ])
  const others = <Row>(rows: readonly Row[], tagsOf: (row: Row) => Record<string, string> | undefined): Row[] =>
    rows.filter((row) => ownerWithin(identity, tagsOf(row)) === 'other')
  const claims: Claim[] = [
    { quota: 'vpcLinks', have: others(links, ({ tags }) => tags).length, want: vpcLinks },
    {
      quota: 'privateApis',
      have: others(apis, ({ tags }) => tags).filter((api) => api.endpointConfiguration?.types?.includes('PRIVATE'))
        .length,
      want: privateApis,
    },
    {
      quota: 'loadBalancers',
      have: others(balancers, ({ tags }) => tags).filter(({ Type }) => Type === 'network').length,
      want: loadBalancers,
    },
    { quota: 'listenersPerLoadBalancer', have: 0, want: listeners },
    ...endpoints.map(({ vpcId, rows }): Claim => ({
      quota: 'endpointsPerVpc',
      have: others(rows, ({ Tags }) => tagMap(Tags)).filter(
        ({ VpcEndpointType, State }) => VpcEndpointType === 'Interface' && stateOf(State) !== 'deleted',
      ).length,
      want: endpointVpcIds.filter((one) => one === vpcId).length,
      within: vpcId,
    })),
  ]
  return claims.filter(({ want }) => want > 0)
}

function tooSmall(
  { name, accountId, region }: Aws,
  excess: readonly Claim[],
  quotaOf: (claim: Claim) => number,
): PrivlinkError {
  const sentences = excess.map((claim) => {
    const place = claim.within === undefined ? '' : ` in ${claim.within}`
    return `${quotaOf(claim)} ${told[claim.quota]}${place}, of which others have ${claim.have} and this config wants ${claim.want}`
  })
  const isLoadBalancing = excess.some(({ quota }) => quota === 'vpcLinks' || quota === 'loadBalancers')
  const settings = [...new Set(excess.map(({ quota }) => `accounts.${name.split('@')[0]}.quotas.${quota}`))]
  const raise = `have the quota raised (Service Quotas) and say so with ${settings.join(', ')}.`
  return new PrivlinkError(
    'QuotaTooSmall',
    `account ${name} (${accountId}) may have in ${region} ${sentences.join('; and ')}`,
    {
      exit: exits.usage,
      hint: isLoadBalancing
        ? `Say "loadBalancer: shared" for the integrations, or ${raise}`
        : `Split it up, or ${raise}`,
    },
  )
}
