import { describe, expect, it } from 'vitest'
import { dependenciesOf } from '../../src/engine/select.ts'
import { type Config, compose } from '../../src/flows/config.ts'
import { assignPorts } from '../../src/flows/listener-ports.ts'
import { stepById } from '../../src/steps/steps.ts'
import { exampleConfig, set } from '../support/example.ts'

/** `article step key @account <- what it needs`, in the order in which the flows wrote it down. */
const told = (config: Config): string[] =>
  [...compose(config).values()].map(
    ({ article, step, key, account, needs }) =>
      `${article} ${step.id} ${key} @${account}${needs.length > 0 ? ` <- ${needs.toSorted().join(', ')}` : ''}`,
  )

describe('the walk of the example', () => {
  it('reads like the article', () => {
    expect(told(exampleConfig())).toMatchInlineSnapshot(`
      [
        "2 network gateway/vpc-0a1b2c3d4e5f60718/network @gateway",
        "1 application-load-balancer orders/application-balancer @application <- gateway/vpc-0a1b2c3d4e5f60718/network",
        "1 endpoint-service orders/service @application <- orders/application-balancer",
        "1 allowed-principal orders/allowed @application <- orders/service",
        "2 common-zones orders/zones @gateway <- gateway/vpc-0a1b2c3d4e5f60718/network, orders/application-balancer",
        "4 security-group orders/link-group @gateway <- gateway/vpc-0a1b2c3d4e5f60718/network",
        "2 security-group orders/endpoint-group @gateway <- gateway/vpc-0a1b2c3d4e5f60718/network, orders/link-group",
        "2 interface-endpoint orders/endpoint @gateway <- gateway/vpc-0a1b2c3d4e5f60718/network, orders/allowed, orders/endpoint-group, orders/service, orders/zones",
        "3 acceptance orders/accepted @application <- orders/endpoint, orders/service",
        "3 endpoint-addresses orders/live @gateway <- orders/accepted",
        "4 target-group orders/targets @gateway <- gateway/vpc-0a1b2c3d4e5f60718/network, orders/live",
        "4 load-balancer orders/link-balancer @gateway <- orders/link-group",
        "4 listener orders/listener @gateway <- orders/link-balancer@made, orders/targets",
        "5 vpc-link orders/link @gateway <- orders/link-balancer",
        "5 target-health orders/health @gateway <- orders/link, orders/listener, orders/targets",
        "6 network consumer/vpc-0c1d2e3f405162738/network @consumer",
        "6 security-group consumer/vpc-0c1d2e3f405162738/execute-api-group @consumer <- consumer/vpc-0c1d2e3f405162738/network",
        "6 private-dns consumer/vpc-0c1d2e3f405162738/private-dns @consumer <- consumer/vpc-0c1d2e3f405162738/network",
        "6 interface-endpoint consumer/vpc-0c1d2e3f405162738/execute-api @consumer <- consumer/vpc-0c1d2e3f405162738/execute-api-group, consumer/vpc-0c1d2e3f405162738/private-dns",
        "7 rest-api orders/api @gateway",
        "7 api-definition orders/definition @gateway <- consumer/vpc-0c1d2e3f405162738/execute-api@made, orders/api, orders/link-balancer@made",
        "7 stage orders/stage @gateway <- orders/definition",
        "7 stage-link orders/stage-link @gateway <- orders/link@made, orders/stage",
        "8 test-call orders/call-from-shop @gateway <- consumer/vpc-0c1d2e3f405162738/execute-api, orders/health, orders/stage-link",
        "8 foreign-endpoint orders/foreign-endpoint @stranger",
        "8 test-call orders/call-from-elsewhere @gateway <- orders/foreign-endpoint, orders/health, orders/stage-link",
        "1 target-addresses warehouse/addresses @gateway",
        "1 routes warehouse/routes @gateway <- gateway/vpc-0a1b2c3d4e5f60718/network, warehouse/addresses",
        "3 target-group warehouse/targets @gateway <- gateway/vpc-0a1b2c3d4e5f60718/network, warehouse/routes",
        "3 security-group warehouse/link-group @gateway <- gateway/vpc-0a1b2c3d4e5f60718/network, warehouse/addresses",
        "3 load-balancer warehouse/link-balancer @gateway <- warehouse/link-group",
        "3 listener warehouse/listener @gateway <- warehouse/link-balancer@made, warehouse/targets",
        "4 vpc-link warehouse/link @gateway <- warehouse/link-balancer",
        "4 target-health warehouse/health @gateway <- warehouse/link, warehouse/listener, warehouse/targets",
        "2 security-group gateway/vpc-0a1b2c3d4e5f60718/execute-api-group @gateway <- gateway/vpc-0a1b2c3d4e5f60718/network",
        "2 private-dns gateway/vpc-0a1b2c3d4e5f60718/private-dns @gateway <- gateway/vpc-0a1b2c3d4e5f60718/network",
        "2 interface-endpoint gateway/vpc-0a1b2c3d4e5f60718/execute-api @gateway <- gateway/vpc-0a1b2c3d4e5f60718/execute-api-group, gateway/vpc-0a1b2c3d4e5f60718/private-dns",
        "5 rest-api warehouse/api @gateway",
        "5 api-definition warehouse/definition @gateway <- consumer/vpc-0c1d2e3f405162738/execute-api@made, gateway/vpc-0a1b2c3d4e5f60718/execute-api@made, warehouse/api, warehouse/link-balancer@made",
        "5 stage warehouse/stage @gateway <- warehouse/definition",
        "5 stage-link warehouse/stage-link @gateway <- warehouse/link@made, warehouse/stage",
        "5 test-call warehouse/call-from-hub @gateway <- gateway/vpc-0a1b2c3d4e5f60718/execute-api, warehouse/health, warehouse/stage-link",
        "5 test-call warehouse/call-from-shop @gateway <- consumer/vpc-0c1d2e3f405162738/execute-api, warehouse/health, warehouse/stage-link",
        "5 foreign-endpoint warehouse/foreign-endpoint @stranger",
        "5 test-call warehouse/call-from-elsewhere @gateway <- warehouse/foreign-endpoint, warehouse/health, warehouse/stage-link",
        "1 quotas gateway/quotas @gateway <- gateway/vpc-0a1b2c3d4e5f60718/network, gateway/vpc-0a1b2c3d4e5f60718/private-dns",
        "1 quotas consumer/quotas @consumer <- consumer/vpc-0c1d2e3f405162738/private-dns",
      ]
    `)
  })

  it('has steps that a ledger can name', () => {
    for (const { step } of compose(exampleConfig()).values()) expect(stepById.get(step.id)?.id).toBe(step.id)
  })

  it('shares the endpoint of a network among integrations, as part 2 of the article does with part 1', () => {
    const graph = compose(exampleConfig())
    expect(graph.get('consumer/vpc-0c1d2e3f405162738/execute-api')?.integrations).toEqual(['orders', 'warehouse'])
  })

  it('can be taken down in reverse: what holds comes after what is held', () => {
    const graph = compose(exampleConfig())
    const reaches = (from: string, to: string): boolean => {
      const node = graph.get(from)
      return node !== undefined && dependenciesOf(graph, node).some((key) => key === to || reaches(key, to))
    }
    const before = [
      ['orders/stage', 'orders/link'],
      ['orders/stage', 'orders/api'],
      ['orders/stage', 'consumer/vpc-0c1d2e3f405162738/execute-api'],
      ['orders/link', 'orders/link-balancer'],
      ['orders/listener', 'orders/targets'],
      ['orders/listener', 'orders/link-balancer'],
      ['orders/link-balancer', 'orders/link-group'],
      ['orders/targets', 'orders/accepted'],
      ['orders/accepted', 'orders/endpoint'],
      ['orders/endpoint', 'orders/allowed'],
      ['orders/allowed', 'orders/service'],
      ['orders/endpoint-group', 'orders/link-group'],
    ] as const
    for (const [first, later] of before) expect([first, later, reaches(first, later)]).toEqual([first, later, true])
  })
})

describe('a shared load balancer', () => {
  const shared = exampleConfig((config) => {
    for (const one of Object.values(config.integrations)) one['loadBalancer'] = 'shared'
  })
  const site = 'gateway/vpc-0a1b2c3d4e5f60718'

  it('has one link and one group for all, with the ways out of all', () => {
    const graph = compose(shared)
    expect([...graph.keys()].filter((key) => /link|listener/.test(key)).sort()).toEqual([
      `${site}/link`,
      `${site}/link-balancer`,
      `${site}/link-group`,
      'orders/listener',
      'orders/stage-link',
      'warehouse/listener',
      'warehouse/stage-link',
    ])
    expect(graph.get(`${site}/link-group`)?.inputs['egress']).toHaveLength(2)
  })

  it('has a listener port for each, which its API names', () => {
    const graph = compose(shared)
    const port = graph.get('orders/listener')?.inputs['port']
    expect(port).toBeGreaterThanOrEqual(20_000)
    expect(port).not.toBe(graph.get('warehouse/listener')?.inputs['port'])
    expect(graph.get('orders/definition')?.inputs['backend']).toMatchObject({ port })
  })

  it('keeps its ports when others come, and gives no port twice', () => {
    const many = exampleConfig((config) => {
      for (let n = 0; n < 400; n += 1)
        config.integrations[`w${n}`] = { ...config.integrations.warehouse, loadBalancer: 'shared' }
      set('integrations', 'orders', { loadBalancer: 'shared' })(config)
      set('integrations', 'warehouse', { loadBalancer: 'shared' })(config)
    })
    const ports = assignPorts(many)
    expect(new Set(ports.values()).size).toBe(402)
    expect(ports.get('orders')).toBe(assignPorts(shared).get('orders'))
  })
})

describe('an endpoint that is there already', () => {
  it('is adopted by the id in the config, without a group or a name of ours', () => {
    const graph = compose(
      exampleConfig(set('networks', 'shop', { executeApi: { endpointId: 'vpce-0416bbea8fb2bd63a' } })),
    )
    const keys = [...graph.keys()].filter((key) => key.startsWith('consumer/'))
    expect(keys).toEqual(['consumer/vpc-0c1d2e3f405162738/execute-api'])
    expect(graph.get('consumer/vpc-0c1d2e3f405162738/execute-api')?.adopt).toBe('vpce-0416bbea8fb2bd63a')
  })
})

describe('who may connect', () => {
  const principal = (roleArn: string | undefined, allow?: string) =>
    compose(
      exampleConfig((config) => {
        set('accounts', 'gateway', { roleArn })(config)
        Object.assign(config.integrations['orders']?.['application'] ?? {}, { allow })
      }),
    ).get('orders/allowed')?.inputs['principal']
  const role = 'arn:aws:iam::842340000000:role/privlink'

  it('is the role of the gateway account, or the account where a role cannot be allowed', () => {
    expect(principal(role)).toBe(role)
    expect(principal(role, 'account')).toBe('arn:aws:iam::842340000000:root')
    expect(principal('arn:aws:iam::842340000000:role/team/privlink')).toBe('arn:aws:iam::842340000000:root')
    expect(principal(undefined)).toBe('arn:aws:iam::842340000000:root')
  })
})
