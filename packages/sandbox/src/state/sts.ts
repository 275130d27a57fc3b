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
  sessions: Record<string, Session>
}
