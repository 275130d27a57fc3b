import { createHash } from 'node:crypto'

import { emptyRevocationList } from './empty-revocation-list.ts'
import { type Certificates, issueCertificate } from '../../network/tls.ts'
import type { Tags, AccountRegion } from '../../state/resource.ts'
import type { World } from '../../state/world.ts'
import type { CallContext } from '../../state/call-context.ts'

/** A secret that is there already. */
export interface SecretSpec extends AccountRegion {
  /** The ARN includes the six characters at its end. */
  arn: string
  value?: string
  /**
   * Without a value: a certificate for the name by the sandbox's own authority, its key, the authority itself, or
   * its list of what has been revoked, which is nothing; all PEM.
   * Certificate and key of the same name in one seed belong together.
   */
  holds?: { kind: 'certificate' | 'key' | 'ca' | 'crl'; name: string }
  tags?: Tags
}

export interface LogGroupSpec extends AccountRegion {
  name: string
  retentionInDays?: number
  tags?: Tags
}

/** Gives every secret its value. */
export async function withValues(
  specs: readonly SecretSpec[],
  authority: Pick<Certificates, 'ca' | 'caKey'>,
): Promise<SecretSpec[]> {
  const issued = new Map<string, ReturnType<typeof issueCertificate>>()
  const issue = (name: string) => {
    const one = issued.get(name) ?? issueCertificate(authority, [name])
    issued.set(name, one)
    return one
  }
  return Promise.all(
    specs.map(async (spec) => {
      const { value, holds } = spec
      if (value !== undefined || holds === undefined) return spec
      if (holds.kind === 'ca') return { ...spec, value: authority.ca }
      if (holds.kind === 'crl') return { ...spec, value: await emptyRevocationList(authority) }
      const { cert, key } = await issue(holds.name)
      return { ...spec, value: holds.kind === 'key' ? key : cert }
    }),
  )
}

/** A secret in its first version; without a value, it has none. */
export function seedSecret(
  world: World,
  context: CallContext,
  { arn, account, region, value, holds, tags = {} }: SecretSpec,
) {
  const name = /:secret:(.+)-\w{6}$/.exec(arn)?.[1]
  if (name === undefined) throw new Error(`${arn} is not the ARN of a secret`)
  if (value === undefined && holds !== undefined) throw new Error(`${arn} has yet to get its value`)
  const createdAt = context.now
  const versionId = createHash('sha256').update(arn).digest('hex').slice(0, 32)
  const version = { versionId, stages: ['AWSCURRENT'], createdAt, text: value ?? '' }
  const versions = value === undefined ? {} : { [versionId]: version }
  world.secretsmanager.secrets[arn] = { arn, name, account, region, createdAt, changedAt: createdAt, versions, tags }
}

export function seedLogGroup(world: World, context: CallContext, { tags = {}, ...spec }: LogGroupSpec): void {
  const arn = `arn:aws:logs:${spec.region}:${spec.account}:log-group:${spec.name}`
  world.logs.groups[arn] = { ...spec, arn, createdAt: context.now, streams: {}, tags }
}
