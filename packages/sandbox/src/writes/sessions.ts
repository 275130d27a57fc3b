import { createHash } from 'node:crypto'
import { newId, type World } from '../state/world.ts'
import { sessionTokenOf } from '../reads/signatures.ts'

/** Keys of a session, as AWS hands them out. */
interface SessionKeys {
  accessKeyId: string
  secretAccessKey: string
  sessionToken: string
  /** ARN that the session acts as. */
  arn: string
  /** ms since the epoch */
  expiresAt: number
}

const hour = 3600 * 1000

/**
 * Opens a session of a role: for who has been found to be allowed to assume it, or for a service that acts as it.
 *
 * @param lasts ms; an hour without it
 */
export function openSession(world: World, now: number, roleArn: string, name: string, lasts = hour): SessionKeys {
  forgetOldSessions(world, now)
  const [, partition, , , owner = ''] = roleArn.split(':')
  const account = world.iam.roles[roleArn]?.account ?? owner
  const arn = `arn:${partition}:sts::${account}:assumed-role/${roleArn.slice(roleArn.lastIndexOf('/') + 1)}/${name}`
  const accessKeyId = newId(world, 'ASIA', 16).toUpperCase()
  const expiresAt = now + lasts
  world.sts.sessions[accessKeyId] = { account, arn, role: roleArn, expiresAt }
  return {
    accessKeyId,
    secretAccessKey: createHash('sha256').update(accessKeyId).digest('base64').slice(0, 40),
    sessionToken: sessionTokenOf(accessKeyId),
    arn,
    expiresAt,
  }
}

/** Sessions are remembered for a day after their end, so that their keys are refused as expired, not as unknown. */
function forgetOldSessions({ sts }: World, now: number): void {
  for (const [key, { expiresAt }] of Object.entries(sts.sessions)) {
    if (expiresAt < now - 24 * hour) delete sts.sessions[key]
  }
}
