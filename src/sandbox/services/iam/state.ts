import type { Tags } from '../../owned.ts'

/** A role that can be assumed. Its ARN is the key. */
export interface Role {
  account: string
  /** Trust policy document, enforced by AssumeRole (principal and sts:ExternalId). */
  trust: object
  /** Identity policies. Without any, the role may do everything: only a seeded role can be like that. */
  policies?: object[]
  /** Longest session in seconds; 3600 where absent, as on AWS. */
  maxSessionSeconds?: number
  tags?: Tags
}

export interface IamState {
  /** By ARN. */
  roles: Record<string, Role>
}
