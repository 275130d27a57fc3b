// Judges the tokens of user pools, which the sandbox does not model otherwise.
/** The verdict on a token: good, expired, or no token of the pools. */
type TokenVerdict = 'good' | 'expired' | 'bad'

/**
 * Whether a token is an identity token of one of the user pools that has not expired ("Verifying a JSON Web Token",
 * Cognito guide). User pools are not modelled, so its signature is not checked.
 *
 * @param text what the request carries, with or without `Bearer` before it.
 * @param poolArns `arn:aws:cognito-idp:REGION:ACCOUNT:userpool/ID`
 * @param now ms since the epoch.
 */
export function judgeToken(text: string, poolArns: readonly string[], now: number): TokenVerdict {
  const [header, payload, signature, ...more] = text.replace(/^Bearer /i, '').split('.')
  if (signature === undefined || !/^[\w-]+$/.test(signature) || more.length > 0) return 'bad'
  const head = readPart(header)
  const claims = readPart(payload)
  if (head?.['alg'] !== 'RS256' || typeof head['kid'] !== 'string' || claims === undefined) return 'bad'
  const { iss, exp, aud, token_use: use } = claims
  if (typeof iss !== 'string' || !poolArns.map(issuerOf).includes(iss)) return 'bad'
  // A method without scopes, which are not modelled, takes identity tokens only (API Gateway guide).
  if (use !== 'id' || typeof aud !== 'string' || typeof exp !== 'number') return 'bad'
  return now < exp * 1000 ? 'good' : 'expired'
}

const issuerOf = (poolArn: string): string => {
  const [, , , region, , pool = ''] = poolArn.split(':')
  return `https://cognito-idp.${region}.amazonaws.com/${pool.replace('userpool/', '')}`
}

/** A part of the token: an object as JSON in base64url. */
function readPart(part = ''): Record<string, unknown> | undefined {
  if (!/^[\w-]+$/.test(part)) return undefined
  try {
    const read: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    return typeof read === 'object' && read !== null ? Object.fromEntries(Object.entries(read)) : undefined
  } catch {
    return undefined
  }
}
