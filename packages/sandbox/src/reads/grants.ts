import { managedPolicy } from './managed-policies.ts'
import type { Role } from '../state/iam.ts'

/** The trust policy that holds now; none while a new role has not spread yet. */
export function trustInEffect({ trust, trustBefore, effectiveAt = 0 }: Role, now: number): object | undefined {
  if (now < effectiveAt) return undefined
  return trustBefore !== undefined && now < trustBefore.until ? trustBefore.document : trust
}

/** The identity policies that hold now; `undefined` for a seeded role without any, which may do everything. */
export function policiesInEffect(role: Role, now: number): object[] | undefined {
  if (role.createdAt === undefined && role.policies === undefined) return undefined
  const inline = Object.values(role.inline ?? {}).flatMap(({ text, before, effectiveAt }) =>
    now >= effectiveAt ? [text] : (before ?? []),
  )
  const attached = Object.entries(role.attached ?? {}).flatMap(([arn, effectiveAt]) =>
    now >= effectiveAt ? (managedPolicy(arn) ?? []) : [],
  )
  // IAM has checked that an inline policy is a JSON object before it took it.
  return [...(role.policies ?? []), ...inline.map((text) => JSON.parse(text) as object), ...attached]
}
