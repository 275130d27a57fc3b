import type { World } from '../../state/world.ts'
import type { Service } from '../../services/service.ts'
import { AwsError } from '../../state/aws-error.ts'
import { type Scope, sessionTokenOf } from '../../reads/signatures.ts'

export interface Caller {
  account: string
  principal: string
}

/**
 * Identifies the caller: a key id of 12 digits is the root of that account, any other must be a session's.
 *
 * @throws AwsError as the service's protocol words it, for unknown keys and expired sessions.
 */
export function identify(world: World, service: Service, scope: Scope, token: string | undefined, now: number): Caller {
  if (/^\d{12}$/.test(scope.accessKeyId)) {
    return { account: scope.accessKeyId, principal: `arn:aws:iam::${scope.accessKeyId}:root` }
  }
  const session = world.sts.sessions[scope.accessKeyId]
  if (!session || token !== sessionTokenOf(scope.accessKeyId)) throw unknownKey(service)
  if (session.expiresAt <= now) throw expired(service)
  return { account: session.account, principal: session.arn }
}

function unknownKey({ protocol }: Service): AwsError {
  if (protocol === 'ec2-query')
    return new AwsError('AuthFailure', 'AWS was not able to validate the provided access credentials', 401)
  const code = protocol === 'query' ? 'InvalidClientTokenId' : 'UnrecognizedClientException'
  return new AwsError(code, 'The security token included in the request is invalid.', 403)
}

function expired({ protocol }: Service): AwsError {
  if (protocol === 'ec2-query') return new AwsError('RequestExpired', 'Request has expired.', 400)
  const code = protocol === 'query' ? 'ExpiredToken' : 'ExpiredTokenException'
  return new AwsError(code, 'The security token included in the request is expired', 403)
}
