/** The credential scope of a signature: its key, Region and service. */
export interface Scope {
  accessKeyId: string
  region: string
  service: string
}

/** The credential scope of a SigV4 `Authorization` header. The signature itself is not checked. */
export function readScope(authorization: string | undefined): Scope | undefined {
  const found = /Credential=([^/\s]+)\/\d+\/([^/\s]+)\/([^/\s]+)\/aws4_request/.exec(authorization ?? '')
  const [, accessKeyId, region, service] = found ?? []
  return accessKeyId && region && service ? { accessKeyId, region, service } : undefined
}

/** The session token that goes with an access key: made from it, so that a client which loses the token is noticed. */
export const sessionTokenOf = (accessKeyId: string): string => `privlink/${accessKeyId}`
