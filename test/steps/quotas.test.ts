import { describe, expect, it } from 'vitest'
import { identityFor } from '../../src/aws/tags.ts'
import { quotas } from '../../src/steps/quotas.ts'
import { scriptedAccount, sight } from './scripted-account.ts'

const nothing = { raised: {}, vpcLinks: 0, privateApis: 0, loadBalancers: 0, listeners: 0, endpointVpcIds: [] }
const many = <T>(count: number, thing: T): T[] => Array.from({ length: count }, () => thing)
const endpoint = { VpcEndpointType: 'Interface', State: 'available' }

const { aws } = scriptedAccount(
  {},
  {
    vpcLinks: () =>
      Promise.resolve([...many(15, { id: 'other1' }), ...many(3, { tags: identityFor('acme', 'a/link').tags })]),
    restApis: () =>
      Promise.resolve([
        ...many(599, { endpointConfiguration: { types: ['PRIVATE'] } }),
        ...many(50, { endpointConfiguration: { types: ['REGIONAL'] } }),
      ]),
    loadBalancers: () =>
      Promise.resolve([...many(40, { Type: 'network', tags: {} }), ...many(40, { Type: 'application', tags: {} })]),
    endpoints: () => Promise.resolve([...many(49, endpoint), ...many(9, { ...endpoint, State: 'deleted' })]),
  },
)
const find = (wanted: object) => quotas.read(sight(aws, { ...nothing, ...wanted }))

describe('quotas', () => {
  it('have room when what others have and what is wanted fits, whatever of that is there already', async () => {
    const wanted = { vpcLinks: 5, privateApis: 1, loadBalancers: 10, listeners: 50, endpointVpcIds: ['vpc-0a'] }
    expect(await find(wanted)).toMatchObject({
      state: 'ready',
      facts: {
        room: [
          { quota: 'vpcLinks', left: 0 },
          { quota: 'privateApis', left: 0 },
          { quota: 'loadBalancers', left: 0 },
          { quota: 'listenersPerLoadBalancer', left: 0 },
          { quota: 'endpointsPerVpc', left: 0 },
        ],
      },
    })
  })

  it.each([
    [{ vpcLinks: 6 }, '20 VPC links, of which others have 15 and this config wants 6'],
    [{ privateApis: 2 }, '600 private REST APIs, of which others have 599 and this config wants 2'],
    [{ loadBalancers: 11 }, '50 Network Load Balancers, of which others have 40 and this config wants 11'],
    [{ listeners: 51 }, '50 listeners on one load balancer, of which others have 0 and this config wants 51'],
    [
      { endpointVpcIds: ['vpc-0a', 'vpc-0a'] },
      '50 interface endpoints in vpc-0a, of which others have 49 and this config wants 2',
    ],
  ])('that are too small for %j are told with all numbers', async (wanted, told) => {
    await expect(find(wanted)).rejects.toMatchObject({
      code: 'QuotaTooSmall',
      exit: 2,
      message: `account gateway (842340000000) may have in us-east-1 ${told}`,
    })
  })

  it('say what helps', async () => {
    await expect(find({ vpcLinks: 6 })).rejects.toMatchObject({
      hint: expect.stringMatching(/loadBalancer: shared.*accounts\.gateway\.quotas\.vpcLinks/),
    })
    expect(await find({ vpcLinks: 6, raised: { vpcLinks: 21 } })).toMatchObject({ state: 'ready' })
  })

  it('are only looked at for what is wanted', async () => {
    const asked: string[] = []
    const spied = new Proxy(aws.reads, {
      get: (look, name) => {
        asked.push(String(name))
        return Reflect.get(look, name)
      },
    })
    await quotas.read(sight({ ...aws, reads: spied }, { ...nothing, endpointVpcIds: ['vpc-0a'] }))
    expect(asked).toEqual(['endpoints'])
  })
})
