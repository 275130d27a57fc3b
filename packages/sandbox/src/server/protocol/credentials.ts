import type { World } from '../../state/world.ts'
import { AwsError, type Service } from '../../services/operation.ts'

/** What a signature says about a request: who signed it, for which region and which service. */
export interface Scope {
  accessKeyId: string
  region: string
  service: string
}

export interface Caller {
  account: string
  principal: string
}

/** The credential scope of a SigV4 `Authorization` header. The signature itself is not checked. */
export function readScope(authorization: string | undefined): Scope | undefined {
  const found = /Credential=([^/\s]+)\/\d+\/([^/\s]+)\/([^/\s]+)\/aws4_request/.exec(authorization ?? '')
  const [, accessKeyId, region, service] = found ?? []
  return accessKeyId && region && service ? { accessKeyId, region, service } : undefined
}

/** The session token that goes with an access key: made from it, so that a client which loses the token is noticed. */
export const sessionTokenOf = (accessKeyId: string): string => `privlink/${accessKeyId}`

/**
 * Who calls: a key id of 12 digits is the root of that account, any other must be a session's.
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
