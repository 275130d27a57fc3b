import { isReading } from '../src/aws/limits.ts'
import { needed } from '../src/engine/ref.ts'
import type { Graph } from '../src/engine/graph.ts'
import { durations } from '../packages/sandbox/src/state/durations.ts'
import type { CallRecord } from '../packages/sandbox/src/server/protocol/dispatch.ts'
import type { Bucket } from '../packages/sandbox/src/services/rates.ts'
import { services } from '../packages/sandbox/src/services/services.ts'

/** A walk with its types erased: only its edges and step names matter here. */
export type Edges = Graph<never, never>

/** AWS's own time for a step, in ms: until it is ready after its create, and until it is gone after its delete. */
interface Takes {
  ready: number
  gone: number
}

const instant: Takes = { ready: 0, gone: 0 }

const takes: Record<string, Takes> = {
  'load-balancer': { ready: durations.loadBalancerActive, gone: durations.loadBalancerInterfacesGone },
  'vpc-link': { ready: durations.vpcLinkAvailable, gone: durations.vpcLinkGone },
  'endpoint-service': { ready: durations.endpointServiceUsable, gone: durations.endpointServiceGone },
  'allowed-principal': { ready: durations.permissionEffective, gone: 0 },
  acceptance: { ready: durations.endpointAvailableAfterAcceptance, gone: 0 },
  'interface-endpoint': { ready: durations.endpointAvailable, gone: durations.endpointGone },
  stage: { ready: durations.deploymentLive, gone: 0 },
}

/** An endpoint that waits for acceptance is done at once: what follows is the acceptance's time. */
const timeOf = (graph: Edges, key: string): Takes => {
  const node = graph.get(key)
  const time = takes[node?.step.id ?? ''] ?? instant
  const isCustom = node?.step.id === 'interface-endpoint' && typeof node.inputs['serviceName'] !== 'string'
  return isCustom ? { ...time, ready: 0 } : time
}

/** The longest chain of AWS's own durations from nothing to ready, in ms. */
export function longestSetup(graph: Edges): number {
  const known = new Map<string, { begun: number; ready: number }>()
  const at = (key: string): { begun: number; ready: number } => {
    const seen = known.get(key)
    if (seen !== undefined) return seen
    const begun = Math.max(
      0,
      ...(graph.get(key)?.needs ?? []).map((need) => {
        const { node, early } = needed(need)
        return early ? at(node).begun : at(node).ready
      }),
    )
    const times = { begun, ready: begun + timeOf(graph, key).ready }
    known.set(key, times)
    return times
  }
  return Math.max(...[...graph.keys()].map((key) => at(key).ready))
}

/** The longest chain from ready to gone, in ms: everything waits for what refers to it. */
export function longestTeardown(graph: Edges): number {
  const users = new Map<string, string[]>()
  for (const { key, needs } of graph.values()) {
    for (const { node } of needs.map(needed)) users.set(node, [...(users.get(node) ?? []), key])
  }
  const known = new Map<string, number>()
  const gone = (key: string): number => {
    const seen = known.get(key)
    if (seen !== undefined) return seen
    const time = Math.max(0, ...(users.get(key) ?? []).map(gone)) + timeOf(graph, key).gone
    known.set(key, time)
    return time
  }
  return Math.max(...[...graph.keys()].map(gone))
}

/**
 * How long AWS's published request limits take for these calls, in ms: of all buckets the one that is emptied last. Only
 * calls that change something count; each of them was needed.
 */
export function makespan(calls: readonly CallRecord[]): { ms: number; operation: string } {
  const buckets = new Map<string, { bucket: Bucket; count: number; name: string }>()
  for (const { service, operation, account, region } of calls) {
    if (isReading(operation)) continue
    const bucket = bucketOf(service, operation)
    if (bucket === undefined) continue
    const key = `${account}/${region}/${operation}`
    const count = (buckets.get(key)?.count ?? 0) + 1
    buckets.set(key, { bucket, count, name: operation })
  }
  const all = [...buckets.values()].map(({ bucket, count, name }) => ({
    ms: (Math.max(0, count - bucket.capacity) / bucket.refill) * 1000,
    operation: `${count} ${name}`,
  }))
  return all.toSorted((a, b) => b.ms - a.ms)[0] ?? { ms: 0, operation: '' }
}

const bucketOf = (id: string, operation: string): Bucket | undefined =>
  services
    .find((service) => service.id === id)
    ?.rates?.bucketsOf({ operation, unfiltered: false })
    .find(([name]) => name === operation)?.[1]
