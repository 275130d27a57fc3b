import { perRun } from '../../aws/per-run.ts'
import type { SecureCall } from '../../aws/vantage.ts'

type Client = NonNullable<SecureCall['client']>

/** Clients that no proxy should let in. */
interface Strangers {
  selfSigned: Client
  /** Signed by an authority that was made for it. */
  ofAnother: Client
}

/** Certificates that no proxy trusts, made for the run and good for a day. Their keys are kept in memory only. */
export const strangers = perRun(make)

async function make(): Promise<Strangers> {
  const { default: selfsigned } = await import('selfsigned')
  const now = Date.now()
  const kind = {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - 3_600_000),
    notAfterDate: new Date(now + 86_400_000),
  } as const
  const leaf = [
    { name: 'basicConstraints' as const, cA: false, critical: true },
    { name: 'keyUsage' as const, digitalSignature: true, critical: true },
    { name: 'extKeyUsage' as const, clientAuth: true },
  ]
  const named = (value: string) => [{ name: 'commonName', value }]
  const selfSigned = await selfsigned.generate(named('privlink self-signed'), { ...kind, extensions: leaf })
  const authority = await selfsigned.generate(named('privlink stranger authority'), {
    ...kind,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  })
  const ca = { key: authority.private, cert: authority.cert }
  const ofAnother = await selfsigned.generate(named('privlink stranger'), { ...kind, ca, extensions: leaf })
  return {
    selfSigned: { certificate: selfSigned.cert, key: selfSigned.private },
    ofAnother: { certificate: ofAnother.cert, key: ofAnother.private },
  }
}
