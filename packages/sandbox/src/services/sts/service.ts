import * as model from '@aws-sdk/client-sts'
import type {
  AssumeRoleRequest,
  AssumeRoleResponse,
  GetCallerIdentityRequest,
  GetCallerIdentityResponse,
} from '@aws-sdk/client-sts'

import { evaluatePolicy } from '../../reads/policy.ts'
import { stsTables } from '../../state/sts.ts'
import { type Call, operation } from '../operation.ts'
import type { Service } from '../service.ts'
import { trustInEffect } from '../../reads/grants.ts'
import { roleIdOf } from '../../reads/role-id.ts'
import type { Role } from '../../state/iam.ts'
import { openSession } from '../../writes/sessions.ts'
import { AwsError } from '../../state/aws-error.ts'

const hour = 3600

const assumeRole = operation<AssumeRoleRequest, AssumeRoleResponse>()(
  ['RoleArn', 'RoleSessionName', 'DurationSeconds', 'ExternalId'],
  ({ RoleArn = '' }) => [{ resource: RoleArn }],
  ({ RoleArn, RoleSessionName, DurationSeconds, ExternalId }, call) => {
    const arn = RoleArn ?? ''
    const session = RoleSessionName ?? ''
    checkSyntax(arn, session)
    const role = trustingRole(arn, ExternalId, call)
    const seconds = sessionSeconds(DurationSeconds, role, call)
    const keys = openSession(call.world, call.now, arn, session, seconds * 1000)
    return {
      Credentials: {
        AccessKeyId: keys.accessKeyId,
        SecretAccessKey: keys.secretAccessKey,
        SessionToken: keys.sessionToken,
        // STS tells whole seconds.
        Expiration: new Date(Math.floor(keys.expiresAt / 1000) * 1000),
      },
      AssumedRoleUser: { AssumedRoleId: `${roleIdOf(arn, role)}:${session}`, Arn: keys.arn },
    }
  },
)

function checkSyntax(arn: string, session: string): void {
  if (!/^arn:[\w-]+:iam::\d{12}:role\/.+$/.test(arn)) throw new AwsError('ValidationError', `${arn} is invalid`)
  if (/^[\w+=,.@-]{2,64}$/.test(session)) return
  const pattern = 'Member must satisfy regular expression pattern: [\\w+=,.@-]*'
  throw new AwsError(
    'ValidationError',
    `1 validation error detected: Value '${session}' at 'roleSessionName' failed to satisfy constraint: ${pattern}`,
  )
}

/** AWS gives the same answer whether the role does not exist or does not trust the caller. */
function trustingRole(arn: string, externalId: string | undefined, call: Call): Role {
  const role = call.world.iam.roles[arn]
  const context = {
    'sts:ExternalId': externalId,
    'aws:PrincipalAccount': call.account,
    'aws:PrincipalArn': call.principal,
  }
  const assumption = { action: 'sts:AssumeRole', resource: arn, principal: call.principal, context }
  const trust = role && trustInEffect(role, call.now)
  if (role && trust && evaluatePolicy(trust, assumption).decision === 'allow') return role
  throw new AwsError(
    'AccessDenied',
    `User: ${call.principal} is not authorized to perform: sts:AssumeRole on resource: ${arn}`,
    403,
  )
}

/** STS API reference, AssumeRole: 15 minutes up to the role's maximum; at most one hour for a chained role. */
function sessionSeconds(wanted: number | undefined, role: Role, call: Call): number {
  const seconds = wanted ?? hour
  if (seconds < 900 || seconds > 43_200) {
    const constraint = seconds < 900 ? 'greater than or equal to 900' : 'less than or equal to 43200'
    throw new AwsError(
      'ValidationError',
      `1 validation error detected: Value '${seconds}' at 'durationSeconds' failed to satisfy constraint: Member must have value ${constraint}`,
    )
  }
  if (call.principal.includes(':assumed-role/') && seconds > hour) {
    throw new AwsError(
      'ValidationError',
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
    )
  }
  if (seconds > (role.maxSessionSeconds ?? hour)) {
    throw new AwsError(
      'ValidationError',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    )
  }
  return seconds
}

/** GetCallerIdentity requires no permission (STS API reference). */
const getCallerIdentity = operation<GetCallerIdentityRequest, GetCallerIdentityResponse>()([], 'none', (_, call) => {
  const [, role, session] = /:assumed-role\/([^/]+)\/(.+)$/.exec(call.principal) ?? []
  if (role === undefined) return { UserId: call.account, Account: call.account, Arn: call.principal }
  const arn = Object.keys(call.world.iam.roles).find(
    (arn) => arn.startsWith(`arn:aws:iam::${call.account}:`) && arn.endsWith(`/${role}`),
  )
  return {
    UserId: `${roleIdOf(arn ?? role, call.world.iam.roles[arn ?? ''])}:${session}`,
    Account: call.account,
    Arn: call.principal,
  }
})

export const sts: Service = {
  id: 'sts',
  protocol: 'query',
  model,
  tables: stsTables,
  operations: { AssumeRole: assumeRole, GetCallerIdentity: getCallerIdentity },
}
