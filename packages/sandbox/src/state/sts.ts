import { bookkeeping } from './table.ts'
/** A session of an assumed role, by access key id. */
export interface Session {
  account: string
  /** `arn:aws:sts::<account>:assumed-role/<role>/<session name>` */
  arn: string
  /** ARN of the role. */
  role?: string
  /** ms since the epoch */
  expiresAt: number
}

/** By access key id. */
export const stsTables = {
  sessions: bookkeeping<Session>('Sessions belong to their clients, who open new ones as often as they like.'),
}
