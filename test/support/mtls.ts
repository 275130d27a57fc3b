import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parse } from 'yaml'
import { type Config, configSchema } from '../../src/flows/config.ts'
import type { CertificateFiles } from './certificates.ts'
import type { RawConfig } from './example.ts'

const path = resolve(import.meta.dirname, '../../examples/mtls.yaml')

/** The name that the example's clients call. */
export const proxyName = 'payments.example.internal'

/** The example of a proxy as it is written, with a test's change. */
export function rawMtls(change: (raw: RawConfig) => void = () => undefined): RawConfig {
  // The example is a file of ours.
  const raw = parse(readFileSync(path, 'utf8')) as RawConfig
  change(raw)
  return raw
}

/** The same with certificates that are there, and a list of those that were revoked. */
export const mtlsConfig = ({ file }: Pick<CertificateFiles, 'file'>, change?: (raw: RawConfig) => void): Config =>
  configSchema.parse(
    rawMtls((raw) => {
      const payments = raw.integrations['payments'] ?? {}
      payments['tls'] = {
        name: proxyName,
        certificate: file('server.pem'),
        key: file('server.key'),
        clientCa: file('client-ca.pem'),
        crl: file('client.crl'),
      }
      payments['test'] = { certificate: file('client.pem'), key: file('client.key'), ca: file('server-ca.pem') }
      change?.(raw)
    }),
  )

/** The same on an Application Load Balancer, with copies of what is in S3. */
export const albConfig = ({ file }: Pick<CertificateFiles, 'file'>, change?: (raw: RawConfig) => void): Config =>
  mtlsConfig({ file }, (raw) => {
    setPayments({
      proxy: 'alb',
      tls: {
        name: proxyName,
        certificateArn: 'arn:aws:acm:us-east-1:842340000000:certificate/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9',
        clientCa: { bucket: 'acme-trust', key: 'clients.pem', copy: file('client-ca.pem') },
        crl: { bucket: 'acme-trust', key: 'clients.crl', copy: file('client.crl') },
      },
    })(raw)
    change?.(raw)
  })

/** Changes what the proxy's integration says. */
export const setPayments =
  (change: Record<string, unknown>) =>
  ({ integrations }: RawConfig): void => {
    integrations['payments'] = { ...integrations['payments'], ...change }
  }
