import { createHash } from 'node:crypto'
import type { Role } from '../state/iam.ts'

/** The unique id of a role (`AROA...`): another one for a role that is made again under the same name. */
export const roleIdOf = (arn: string, role?: Pick<Role, 'createdAt'>): string =>
  `AROA${createHash('sha256')
    .update(`${arn}${role?.createdAt ?? ''}`)
    .digest('hex')
    .slice(0, 17)
    .toUpperCase()}`
