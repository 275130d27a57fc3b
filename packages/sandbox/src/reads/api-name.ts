/** A name that API Gateway answers to, taken apart. */
export type ApiName =
  /** `{api}.execute-api.{region}.amazonaws.com` */
  | { kind: 'api'; apiId: string; region: string; endpointId?: undefined }
  /** `{api}-{vpce}.execute-api.{region}.amazonaws.com`: leads to that endpoint, from anywhere that can reach it. */
  | { kind: 'alias'; apiId: string; region: string; endpointId: string }
  /** `{vpce}-{suffix}[-{zone}].execute-api.{region}.vpce.amazonaws.com`: the endpoint's own. */
  | { kind: 'endpoint'; region: string; endpointId: string }

/** Reads a Host header; a port is ignored. Other names, such as custom domains, are not modelled. */
export function readName(host: string): ApiName | undefined {
  const name = host.toLowerCase().replace(/:\d+$/, '')
  const api =
    /^(?<apiId>[a-z0-9]+)(?:-(?<endpointId>vpce-[0-9a-f]+))?\.execute-api\.(?<region>[a-z0-9-]+)\.amazonaws\.com$/
  const own = /^(?<endpointId>vpce-[0-9a-f]+)-[a-z0-9-]+\.execute-api\.(?<region>[a-z0-9-]+)\.vpce\.amazonaws\.com$/
  const { apiId, endpointId, region } = (api.exec(name) ?? own.exec(name))?.groups ?? {}
  if (region === undefined) return undefined
  if (apiId === undefined) return endpointId === undefined ? undefined : { kind: 'endpoint', region, endpointId }
  return endpointId === undefined ? { kind: 'api', apiId, region } : { kind: 'alias', apiId, region, endpointId }
}
