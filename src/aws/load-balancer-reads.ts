import {
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  DescribeTagsCommand,
  DescribeTargetGroupsCommand,
  DescribeTrustStoresCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import type { Aws } from './aws.ts'
import { isFailure, unlessMissing } from './failures.ts'
import { allPages, chunksOf, makeBatcher } from './batcher.ts'
import type { All, BatchedReads, Tagged } from './batched-reads.ts'
import { tagMap } from './tags.ts'

/** ELBv2's largest page, and the most ARNs in one DescribeTags (ELBv2 API reference). */
const pageSize = 400
const taggedAtOnce = 20

/**
 * Reads load balancers and their parts. One missing ARN or name fails a whole describe, so all are read and told apart
 * here; tags, which have a describe of their own, are read only of those that are asked for.
 */
export function loadBalancerReads(elbv2: Aws['elbv2']): Pick<BatchedReads, Balancing> {
  const withTags = tagger(elbv2)
  const page = (Marker: string | undefined) => ({ PageSize: pageSize, ...(Marker !== undefined && { Marker }) })

  const balancers = makeBatcher<{ arn: string } | { name: string } | All, Balancer>({
    kindOf: () => 'all',
    matches: (ask, row) => 'all' in ask || isIt(ask, row.LoadBalancerArn, row.LoadBalancerName),
    fetch: () =>
      allPages(async (marker) => {
        const { LoadBalancers, NextMarker } = await elbv2(new DescribeLoadBalancersCommand(page(marker)))
        return { rows: LoadBalancers, next: NextMarker }
      }),
  })
  const groups = makeBatcher<{ arn: string } | { name: string }, Group>({
    kindOf: () => 'all',
    matches: (ask, row) => isIt(ask, row.TargetGroupArn, row.TargetGroupName),
    fetch: () =>
      allPages(async (marker) => {
        const { TargetGroups, NextMarker } = await elbv2(new DescribeTargetGroupsCommand(page(marker)))
        return { rows: TargetGroups, next: NextMarker }
      }),
  })
  const stores = makeBatcher<{ arn: string } | { name: string }, Store>({
    kindOf: () => 'all',
    matches: (ask, row) => isIt(ask, row.TrustStoreArn, row.Name),
    fetch: () =>
      allPages(async (marker) => {
        const { TrustStores, NextMarker } = await elbv2(new DescribeTrustStoresCommand(page(marker)))
        return { rows: TrustStores, next: NextMarker }
      }),
  })
  const listeners = makeBatcher<{ loadBalancerArn: string }, Listener>({
    kindOf: ({ loadBalancerArn }) => loadBalancerArn,
    matches: () => true,
    fetch: async ([ask]) =>
      ask === undefined ? [] : orNone(allPages((marker) => listenersOf(elbv2, ask.loadBalancerArn, page(marker)))),
  })
  const rules = makeBatcher<{ listenerArn: string }, Rule>({
    kindOf: ({ listenerArn }) => listenerArn,
    matches: () => true,
    fetch: async ([ask]) =>
      ask === undefined ? [] : orNone(allPages((marker) => rulesOf(elbv2, ask.listenerArn, page(marker)))),
  })
  return {
    loadBalancers: async (by) => withTags(await balancers(by), (row) => row.LoadBalancerArn),
    targetGroups: async (by) => withTags(await groups(by), (row) => row.TargetGroupArn),
    listeners: async (by) => withTags(await listeners(by), (row) => row.ListenerArn),
    rules: async (by) => withTags(await rules(by), (row) => row.RuleArn),
    trustStores: async (by) => withTags(await stores(by), (row) => row.TrustStoreArn),
  }
}

type Balancing = 'loadBalancers' | 'targetGroups' | 'listeners' | 'rules' | 'trustStores'
type RowOf<Look extends keyof BatchedReads> = Omit<Awaited<ReturnType<BatchedReads[Look]>>[number], keyof Tagged>
type Balancer = RowOf<'loadBalancers'>
type Group = RowOf<'targetGroups'>
type Listener = RowOf<'listeners'>
type Rule = RowOf<'rules'>
type Store = RowOf<'trustStores'>

const isIt = (ask: { arn: string } | { name: string }, arn: string | undefined, name: string | undefined): boolean =>
  'arn' in ask ? arn === ask.arn : name === ask.name

async function listenersOf(elbv2: Aws['elbv2'], LoadBalancerArn: string, page: { PageSize: number; Marker?: string }) {
  const { Listeners, NextMarker } = await elbv2(new DescribeListenersCommand({ LoadBalancerArn, ...page }))
  return { rows: Listeners, next: NextMarker }
}

/** Without the default rule, which is the listener's own action. */
async function rulesOf(elbv2: Aws['elbv2'], ListenerArn: string, page: { PageSize: number; Marker?: string }) {
  const { Rules = [], NextMarker } = await elbv2(new DescribeRulesCommand({ ListenerArn, ...page }))
  return { rows: Rules.filter(({ IsDefault }) => IsDefault !== true), next: NextMarker }
}

/** A thing that is not there has nothing. */
const orNone = async <Row>(look: Promise<Row[]>): Promise<Row[]> => (await unlessMissing(look)) ?? []

interface Described {
  arn: string
  tags: Record<string, string>
}

/** Adds tags to rows; rows that have gone meanwhile are left out. */
function tagger(elbv2: Aws['elbv2']) {
  const describe = async (ResourceArns: string[]): Promise<Described[]> => {
    const { TagDescriptions } = await elbv2(new DescribeTagsCommand({ ResourceArns }))
    return (TagDescriptions ?? []).map(({ ResourceArn = '', Tags }) => ({ arn: ResourceArn, tags: tagMap(Tags) }))
  }
  /** One that has gone meanwhile fails the call for all. */
  const describeEach = async (arns: string[]): Promise<Described[]> => {
    try {
      return await describe(arns)
    } catch (thrown) {
      if (!isFailure(thrown, 'NotFound')) throw thrown
      return (await Promise.all(arns.map((arn) => orNone(describe([arn]))))).flat()
    }
  }
  const tagsOf = makeBatcher<string, Described>({
    kindOf: () => 'tags',
    matches: (arn, row) => row.arn === arn,
    fetch: async (arns) => (await Promise.all(chunksOf([...new Set(arns)], taggedAtOnce).map(describeEach))).flat(),
  })
  return async <Row extends object>(
    rows: Row[],
    arnOf: (row: Row) => string | undefined,
  ): Promise<(Row & Tagged)[]> => {
    const tagged = await Promise.all(
      rows.map(async (row) => {
        const [found] = await tagsOf(arnOf(row) ?? '')
        return found ? [{ ...row, tags: found.tags }] : []
      }),
    )
    return tagged.flat()
  }
}
