import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { compose, type Config, configSchema } from '../../src/flows/config.ts'
import { declarationsOf, flows } from '../../src/flows/flows.ts'
import { mtlsProxy } from '../../src/flows/mtls-proxy.ts'
import { interfaceEndpoint } from '../../src/steps/interface-endpoint.ts'
import { exampleConfig, rawExample } from '../support/example.ts'
import { frontDoorConfig } from '../support/front-door.ts'

const tls = {
  name: 'payments.example.internal',
  certificateArn: 'arn:aws:acm:us-east-1:842340000000:certificate/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9',
  clientCa: { bucket: 'trust', key: 'clients.pem' },
}
const foreign = 'elsewhere'

/** A door of every kind to the private API that the example makes: a front door, a function and a proxy. */
const doors = {
  door: {
    flow: 'regional-front-door',
    gateway: { network: 'hub' },
    api: { stage: 'live' },
    routes: [{ prefix: 'orders', integration: 'orders' }],
    access: { foreign },
  },
  reports: { flow: 'lambda-consumer', consumer: { network: 'hub' }, integration: 'orders', access: { foreign } },
  payments: {
    flow: 'mtls-proxy',
    producer: { network: 'hub' },
    integration: 'orders',
    proxy: 'alb',
    tls,
    access: { networks: ['shop'], foreign },
  },
}

const withDoors = (place: 'before' | 'after'): Config => {
  const raw = rawExample()
  const { integrations } = raw
  raw.integrations = place === 'before' ? { ...doors, ...integrations } : { ...integrations, ...doors }
  return configSchema.parse(raw)
}

/** What each node is and needs, by its key; no order in it comes from the order of the integrations. */
const nodesOf = (config: Config): Record<string, string> =>
  Object.fromEntries(
    [...compose(config).values()]
      .map(({ key, step, needs, holds }) => [key, `${step.id} ${[...needs, ...holds].toSorted().join(' ')}`] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  )

describe('integrations that refer to each other', () => {
  it('are refused if one offers a node that it never adds', () => {
    const offers = vi.spyOn(mtlsProxy, 'offers').mockImplementation(({ builder }) => {
      const { endpointId } = builder.handle('execute-ap', interfaceEndpoint).made
      return { door: { addEndpoint: () => endpointId } }
    })
    expect(() => compose(withDoors('after'))).toThrow(
      'orders/definition needs payments/execute-ap@made, which no flow adds',
    )
    offers.mockRestore()
    expect(() => compose(withDoors('after'))).not.toThrow()
  })

  it('know each other whichever comes first in the config', () => {
    expect(nodesOf(withDoors('before'))).toEqual(nodesOf(withDoors('after')))
  })

  it('are let in to the private API by the endpoint of each door, and wait for what it is made of', () => {
    const graph = compose(withDoors('after'))
    expect(graph.get('orders/definition')?.needs).toEqual(
      expect.arrayContaining(['gateway/vpc-0a1b2c3d4e5f60718/execute-api@made', 'payments/execute-api@made']),
    )
    for (const call of ['door/call-orders', 'reports/call', 'payments/call-from-shop']) {
      expect(graph.get(call)?.needs).toEqual(expect.arrayContaining(['orders/stage-link', 'orders/health']))
    }
  })
})

describe('graphs of different configs in one process', () => {
  it('do not see each other', () => {
    const alone = nodesOf(exampleConfig())
    const others = [withDoors('after'), frontDoorConfig()]
    const graphs = [exampleConfig(), ...others].map((config) => compose(config))
    expect(nodesOf(exampleConfig())).toEqual(alone)
    expect([...(graphs[0]?.keys() ?? [])].toSorted()).toEqual(Object.keys(alone))
    const [first, ...more] = graphs.map((graph) => new Set(graph.values()))
    for (const nodes of more) expect([...nodes].filter((node) => first?.has(node))).toEqual([])
  })
})

describe('the settings half of the flows', () => {
  const src = resolve(import.meta.dirname, '../../src')
  const loadedBy = (file: string, seen = new Set<string>()): Set<string> => {
    if (seen.has(file)) return seen
    seen.add(file)
    if (!file.startsWith('/')) return seen
    for (const [, what = '', path = ''] of readFileSync(file, 'utf8').matchAll(
      /^(?:import|export) ([^'"]*?) from '([^']+)'$/gms,
    )) {
      if (!what.startsWith('type ')) loadedBy(path.startsWith('.') ? resolve(dirname(file), path) : path, seen)
    }
    return seen
  }

  it('is checked without loading an AWS client or a half that adds steps', () => {
    const loaded = [...loadedBy(resolve(src, 'flows/config-schema.ts'))]
    expect(loaded).toContain(resolve(src, 'flows/mtls-proxy-settings.ts'))
    expect(loaded.filter((file) => /@aws-sdk|define-step|flows\/(loaded-flows|mtls-proxy)\.ts/.test(file))).toEqual([])
    // The test would pass if it followed no import: the graph does load them.
    expect([...loadedBy(resolve(src, 'flows/mtls-proxy.ts'))].some((file) => file.includes('@aws-sdk'))).toBe(true)
  })

  it('declares for each integration where it lives, what it leads to and what it offers', () => {
    const declared = declarationsOf(withDoors('after').integrations)
    expect(
      [...declared].map(([name, { home, leadsTo = [], offers }]) => [
        name,
        home.name,
        leadsTo.map(({ integration }) => integration),
        offers,
      ]),
    ).toEqual([
      ['orders', 'hub', [], ['api']],
      ['warehouse', 'hub', [], ['api']],
      ['door', 'hub', ['orders'], ['door']],
      ['reports', 'hub', ['orders'], ['door']],
      ['payments', 'hub', ['orders'], ['door']],
    ])
  })

  it('is listed once for each flow', () => {
    const ids = flows.map(({ settings }) => settings.id)
    expect(new Set(ids).size).toBe(ids.length)
  })
})
