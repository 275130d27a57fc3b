import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { parseConfig } from '../../src/disk/config-file.ts'
import { accountsOf, compose, configSchema } from '../../src/flows/config.ts'
import { existingThings } from '../../src/flows/existing-things.ts'

const example = new URL('../../examples/config.yaml', import.meta.url)
const text = readFileSync(example, 'utf8')

/** The example with some of its text replaced. */
const changed = (from: string | RegExp, to: string): string => {
  const other = text.replace(from, to)
  if (other === text) throw new Error(`the example does not say ${String(from)}`)
  return other
}
const read = (source: string) => parseConfig(source, 'config.yaml', configSchema)
const composed = (source: string) => compose(read(source))

describe('the example', () => {
  it('names its schema on the first line', () => {
    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=../schema/config.json')
  })

  it('says where every account is, with what it takes to get in', () => {
    expect(accountsOf(read(text))['gateway']).toEqual({
      id: '842340000000',
      region: 'us-east-1',
      roleArn: 'arn:aws:iam::842340000000:role/privlink',
      externalId: 'acme',
    })
  })

  it('knows every account that its walk mentions, in its Region', () => {
    const elsewhere = changed('region: us-east-1', 'region: eu-west-1').replaceAll(
      /account: (gateway|consumer|stranger|application)$/gm,
      'account: $1\n    region: us-east-1',
    )
    const regional = elsewhere
      .replace(/account: application\n\s+region: us-east-1/, 'account: application')
      .replace('id: "014770000000"', 'id: "014770000000"\n    region: us-east-1')
    const config = read(regional)
    const places = new Set([...compose(config).values()].map(({ account }) => account))
    expect(places).toEqual(new Set(['application', 'gateway@us-east-1', 'consumer@us-east-1', 'stranger@us-east-1']))
    for (const place of places) expect(accountsOf(config)).toHaveProperty([place, 'region'], 'us-east-1')
  })
})

describe('a config is refused', () => {
  it.each([
    [
      'a network that is not there',
      changed('networks: [shop]', 'networks: [shopp]'),
      /integrations\.orders\.access\.networks\[0\].*did you mean "shop"\? known here: hub, shop, elsewhere/,
    ],
    [
      'an account that is not there',
      changed('account: consumer', 'account: nobody'),
      /networks\.shop\.account.*expected the name of one of the accounts, got "nobody"/,
    ],
    [
      'a role of another account',
      changed('iam::014770000000', 'iam::111111111111'),
      /accounts\.application\.roleArn: expected a role of account 014770000000/,
    ],
    ['a public target', changed('172.31.12.59', '8.8.8.8'), /targets\[0\].*expected a private address/],
    [
      'a network in another Region',
      changed('account: consumer', 'account: consumer\n    region: eu-west-1'),
      /expected a network in us-east-1 like "hub", got one in eu-west-1/,
    ],
    [
      'a foreign network that is let in',
      changed('networks: [shop], foreign: elsewhere', 'networks: [shop], foreign: shop'),
      /access\.foreign: expected a VPC that is not among/,
    ],
    [
      'two pointers to one load balancer',
      changed('port: 80\n    gateway', 'port: 80\n      service: shop/orders\n    gateway'),
      /expected exactly one of loadBalancerArn, loadBalancerName and service/,
    ],
    [
      'a deployment that no load balancer may be called',
      changed('deployment: acme-apis', 'deployment: internal-apis'),
      /deployment: expected a name that AWS takes/,
    ],
    ['an id that YAML takes for a number', changed('"014770000000"', '14770000000'), /put it in quotes/],
    ['a stage with a slash', changed('stage: newtest', 'stage: new/test'), /api\.stage: expected letters/],
    ['a key that nobody knows', changed('cors: true', 'corss: true'), /unknown key; did you mean "cors"/],
  ])('for %s', (_, source, message) => {
    expect(() => read(source)).toThrow(message)
  })

  it('for two listeners on one port of a shared load balancer', () => {
    const shared = text.replaceAll(
      'gateway: { network: hub }',
      'gateway: { network: hub }\n    loadBalancer: shared\n    listenerPort: 8000',
    )
    expect(() => read(shared)).toThrow(/integrations\.warehouse\.listenerPort.*8000, which "orders" has/)
  })

  it('for adopting what is no step of it', () => {
    expect(() => composed(`${text}\nadopt: { orders/servce: vpce-svc-0123456789abcdef0 }`)).toThrow(
      expect.objectContaining({ code: 'AdoptUnknown', exit: 2, hint: expect.stringContaining('"orders/service"') }),
    )
  })

  it('for an OpenAPI file that is not there', () => {
    expect(() => composed(changed('stage: newtest', 'stage: newtest\n      openapi: nowhere.yaml'))).toThrow(
      expect.objectContaining({ code: 'DocumentUnreadable', exit: 2 }),
    )
  })

  it('for two networks that want the endpoint of one VPC differently', () => {
    const config = parse(text)
    config.networks.twin = { ...config.networks.shop, executeApi: { privateDns: false } }
    config.integrations.warehouse.access.networks = ['twin']
    expect(() => compose(configSchema.parse(config))).toThrow(expect.objectContaining({ code: 'SharedInputsDisagree' }))
  })
})

describe('what a config says is there', () => {
  it('leaves room for the targets of other networks and a way to them', () => {
    const { vpcs, hosts } = existingThings(read(changed('172.31.12.59', '10.0.7.7')))
    expect(hosts).toEqual([{ ip: '10.0.7.7', port: 80, name: 'warehouse' }])
    const [hub, shop] = vpcs
    expect(hub).toMatchObject({ cidr: '10.1.0.0/16', routes: [{ destination: '10.0.7.7/32' }] })
    expect(shop).toMatchObject({ cidr: '10.2.0.0/16', routes: [] })
  })

  it("has the application's load balancer, a backend in each of its zones, and a foreign endpoint", () => {
    const { loadBalancers, endpoints } = existingThings(read(text))
    expect(loadBalancers).toMatchObject([
      { accountId: '014770000000', port: 80, targets: [{ host: 'orders' }, { host: 'orders' }] },
    ])
    expect(endpoints).toMatchObject([{ accountId: '666660000000', serviceName: 'com.amazonaws.us-east-1.execute-api' }])
  })

  it('is the same every time', () => {
    expect(existingThings(read(text))).toEqual(existingThings(read(text)))
  })
})
