/** A role that can be assumed. Its ARN is the key. */
export interface Role {
  account: string
  /** Trust policy document, enforced by AssumeRole (principal and sts:ExternalId). */
  trust: object
  /** Identity policies. Without any, the role may do everything. */
  policies?: object[]
  /** Longest session in seconds; 3600 where absent, as on AWS. */
  maxSessionSeconds?: number
}

/** A session of an assumed role, by access key id. */
interface Session {
  account: string
  /** `arn:aws:sts::<account>:assumed-role/<role>/<session name>` */
  arn: string
  /** ARN of the role. */
  role?: string
  /** ms since the epoch */
  expiresAt: number
}

export interface StsState {
  roles: Record<string, Role>
  sessions: Record<string, Session>
}
