import { describe, expect, it } from 'vitest'
import { PrivlinkError } from '../../src/errors.ts'
import { compose } from '../../src/flows/config.ts'
import { makeCertificates } from '../support/certificates.ts'
import { rawExample, type RawConfig } from '../support/example.ts'
import { mtlsConfig, proxyName, setPayments } from '../support/mtls.ts'
import { has } from '../support/programs.ts'

const runs = has('openssl', 'version')
const certificates = runs ? makeCertificates(proxyName) : { folder: '', file: (name: string) => name }
const { file } = certificates

const graphOf = (change?: (raw: RawConfig) => void) => compose(mtlsConfig(certificates, change))

const keysOf = (change?: (raw: RawConfig) => void): string[] => [...graphOf(change).keys()]

const refusal = (change: (raw: RawConfig) => void): PrivlinkError => {
  try {
    graphOf(change)
  } catch (thrown) {
    if (thrown instanceof PrivlinkError) return thrown
    throw thrown
  }
  throw new Error('it was taken')
}

/** The integrations of the first example in the same file. */
const withOthers = (raw: RawConfig): void => {
  const other = rawExample()
  raw.accounts = { ...other.accounts, ...raw.accounts, consumer: { ...other.accounts['consumer'] } }
  raw.networks = { ...other.networks, ...raw.networks }
  raw.integrations = { ...other.integrations, ...raw.integrations }
}

describe.runIf(runs)('the walk of a proxy', () => {
  it('has, beside the groups, one of everything on the way', () => {
    const steps = [...graphOf().values()].filter(({ step }) => step.create !== undefined).map(({ step }) => step.id)
    const counted = Object.fromEntries(
      [...new Set(steps)].map((id) => [id, steps.filter((other) => other === id).length]),
    )
    expect(counted).toEqual({
      'security-group': 4,
      'interface-endpoint': 2,
      'policy-entry': 1,
      secret: 4,
      'log-group': 1,
      role: 2,
      'ecs-cluster': 1,
      'task-definition': 1,
      'target-group': 1,
      'load-balancer': 1,
      listener: 1,
      'ecs-service': 1,
      'endpoint-service': 1,
      'allowed-principal': 1,
      acceptance: 1,
      'hosted-zone': 1,
      'dns-record': 1,
    })
  })

  it('is the same to whoever only takes away what was made, without its files', () => {
    const gone = mtlsConfig({ file: (name) => `/nowhere/${name}` })
    const left = [...compose(gone, '.', 'leave').keys()]
    // A gate, which is nothing to take away.
    expect(left).toEqual(keysOf().filter((key) => key !== 'payments/certificate-dates'))
    expect(() => compose(gone)).toThrow('does not exist')
  })

  it('holds no secret', () => {
    expect(JSON.stringify([...graphOf().values()].map(({ inputs }) => inputs))).not.toMatch(/BEGIN|PRIVATE KEY/)
  })

  it('takes secrets that are there as they are', () => {
    const arn = 'arn:aws:secretsmanager:us-east-1:842340000000:secret:key-Ab12Cd'
    const tls = { name: proxyName, certificate: arn, key: arn, clientCa: arn }
    const graph = graphOf(setPayments({ tls, test: {} }))
    expect(graph.get('payments/key')).toMatchObject({ adopt: arn, inputs: { purpose: expect.any(String) } })
    expect(graph.has('payments/certificate-dates')).toBe(false)
  })

  it('leads to an API that another integration makes, which lets exactly its endpoint in', () => {
    const graph = graphOf((raw) => {
      withOthers(raw)
      setPayments({ api: undefined, integration: 'orders' })(raw)
      // One account and network for both.
      raw.integrations['orders'] = { ...raw.integrations['orders'], gateway: { network: 'platform' } }
    })
    expect(graph.get('orders/definition')?.needs).toContain('payments/execute-api@made')
  })

  it('names things as the partition of its Region does', () => {
    const graph = graphOf((raw) => {
      raw.region = 'us-gov-west-1'
      delete raw.accounts['shop']?.['roleArn']
      setPayments({ nginx: { image: '842340000000.dkr.ecr.us-gov-west-1.amazonaws.com/nginx:1.29' } })(raw)
    })
    const told = (key: string): string => JSON.stringify(graph.get(key)?.inputs)
    expect(told('payments/execution-role')).toContain('arn:aws-us-gov:ecr:us-gov-west-1:842340000000:repository/nginx')
    expect(told('payments/allowed-shop')).toContain('arn:aws-us-gov:iam::333330000000:root')
  })

  it('calls the API directly from every network but those that may', () => {
    const direct = (keys: string[]) => keys.filter((key) => key.includes('direct-call'))
    expect(direct(keysOf())).toEqual(['payments/direct-call-from-shop', 'payments/direct-call-from-elsewhere'])
    const friendly = keysOf((raw) => {
      raw.integrations['door'] = {
        flow: 'regional-front-door',
        gateway: { network: 'shop' },
        api: { stage: 'live' },
        routes: [{ prefix: 'pay', api: { account: 'platform', id: 'b2c3d4e5f6', stage: 'live' } }],
      }
    })
    expect(direct(friendly)).toEqual(['payments/direct-call-from-elsewhere'])
  })

  it('has one leave to connect for all networks of an account', () => {
    const keys = keysOf((raw) => {
      raw.networks['mall'] = { ...raw.networks['shop'], vpcId: 'vpc-0c3d4e5f607182931', executeApi: {} }
      setPayments({ access: { networks: ['shop', 'mall'] } })(raw)
    })
    expect(keys.filter((key) => key.includes('/allowed-'))).toEqual(['payments/allowed-shop'])
    expect(keys.filter((key) => key.includes('/accepted-'))).toEqual([
      'payments/accepted-shop',
      'payments/accepted-mall',
    ])
  })

  it.each([
    ['a file that is not there', { key: '/nowhere/server.key' }, 'CertificateMissing'],
    ['a key of another certificate', { key: file('client.key') }, 'KeyOfAnother'],
    [
      "another account's secret",
      { key: 'arn:aws:secretsmanager:us-east-1:333330000000:secret:key-Ab12Cd' },
      'SecretElsewhere',
    ],
  ])('cannot be written down with %s', (_, change, code) => {
    const error = refusal((raw) => {
      const tls = Object(raw.integrations['payments']?.['tls'])
      setPayments({ tls: { ...tls, ...change } })(raw)
    })
    expect(error).toMatchObject({ code, exit: 2, hint: expect.any(String) })
    expect(error.message).toMatch(/^integrations\.payments\.tls\./)
  })
})
