import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { parseConfig } from '../../src/disk/config-file.ts'
import { configSchema } from '../../src/flows/config.ts'
import { rawMtls, setPayments } from '../support/mtls.ts'

const read = (change?: Parameters<typeof rawMtls>[0]) =>
  parseConfig(stringify(rawMtls(change)), 'mtls.yaml', configSchema)

const tls = { name: 'payments.example.internal', certificate: 'a.pem', key: 'a.key', clientCa: 'ca.pem' }
const alb = {
  name: 'payments.example.internal',
  certificateArn: 'arn:aws:acm:us-east-1:842340000000:certificate/0a1b2c3d-0000-0000-0000-000000000000',
  clientCa: { bucket: 'acme-authorities', key: 'client-ca.pem' },
}

it('the example of a proxy is sound, and leaves out what has a default', () => {
  expect(read().integrations['payments']).toMatchObject({
    flow: 'mtls-proxy',
    proxy: 'nginx',
    names: 'hosted-zone',
    tls: { depth: 2 },
    nginx: { image: 'public.ecr.aws/nginx/nginx:1.29-alpine', tasks: 2, cpu: 256, memory: 512, endpoints: 'none' },
  })
})

it('secrets may be in Secrets Manager, and the proxy on an Application Load Balancer', () => {
  const arn = 'arn:aws:secretsmanager:us-east-1:842340000000:secret:tls/server.key-Ab12Cd'
  expect(read(setPayments({ tls: { ...tls, key: arn } })).integrations['payments']).toMatchObject({ tls: { key: arn } })
  expect(read(setPayments({ proxy: 'alb', tls: alb })).integrations['payments']).toMatchObject({ proxy: 'alb' })
})

describe('a proxy is refused with', () => {
  it.each([
    [
      'certificates of the other kind of proxy',
      { proxy: 'alb' },
      /payments\.tls: expected certificate, key and clientCa/,
    ],
    ['a load balancer whose kind is not said', { tls: alb }, /or certificateArn and an object in S3 for `proxy: alb`/],
    ['no key', { tls: { ...tls, key: undefined } }, /payments\.tls\.key: missing/],
    ['a misspelled key', { tls: { ...tls, clientCA: 'ca.pem' } }, /payments\.tls\.clientCA: unknown key/],
    [
      'a name that is no name',
      { tls: { ...tls, name: 'Payments' } },
      /tls\.name: expected a name of lower-case labels/,
    ],
    [
      'a private DNS name that nobody can prove',
      { names: 'private-dns' },
      /tls\.name: expected a name in a public domain/,
    ],
    ['the ARN of something else', { tls: { ...tls, key: 'arn:aws:s3:::bucket' } }, /tls\.key: expected a PEM file/],
    ['another kind of proxy', { proxy: 'envoy' }, /payments\.proxy: expected "nginx" or "alb", got "envoy"/],
    [
      'memory that Fargate has not',
      { nginx: { cpu: 1024, memory: 512 } },
      /nginx\.memory: expected 2048 to 8192 MiB in steps of 1024/,
    ],
    ['cores that Fargate has not', { nginx: { cpu: 300 } }, /nginx\.cpu/],
    ['an image without a registry', { nginx: { image: 'nginx' } }, /nginx\.image: expected an image with its registry/],
    ['no API behind it', { api: undefined }, /expected exactly one of api and integration/],
    ['a client certificate without a key', { test: { certificate: 'a.pem' } }, /expected certificate and key together/],
    ['a network twice', { access: { networks: ['shop', 'shop'] } }, /expected every network only once/],
    ['a network that is not there', { access: { networks: ['shops'] } }, /did you mean "shop"\?/],
    ['a friend as a stranger', { access: { networks: ['shop'], foreign: 'shop' } }, /access\.foreign/],
    ['itself behind it', { api: undefined, integration: 'payments' }, /that make a private API, got "payments"/],
    [
      'a network that is not there for the proxy',
      { producer: { network: 'platfrm' } },
      /producer\.network.*did you mean "platform"/,
    ],
  ])('%s', (_, change, said) => {
    expect(() => read(setPayments(change))).toThrow(said)
  })
})
