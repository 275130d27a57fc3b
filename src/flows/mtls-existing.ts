import { allServices, serviceNameOf } from '../steps/shared/service-endpoints.ts'
import type { Existing } from './existing.ts'
import type { MtlsProxySettings, NginxTls } from './mtls-proxy-settings.ts'
import type { NetworkPlace } from './places.ts'

/**
 * For a rehearsal: the secrets and the endpoints of AWS's services that a proxy's settings name, and a way to the internet
 * where its tasks need one. A server's certificate of the sandbox's own says the right name.
 */
export function existingForTasks(
  { at, vpcId, subnetIds, region }: NetworkPlace,
  tls: NginxTls,
  { endpoints: wanted }: MtlsProxySettings['nginx'],
): Pick<Existing, 'secrets' | 'endpoints' | 'internet'> {
  const kinds = [
    ['certificate', tls.certificate],
    ['key', tls.key],
    ['ca', tls.clientCa],
    ['crl', tls.crl],
  ] as const
  const named = typeof wanted === 'string' ? {} : wanted
  return {
    secrets: kinds.flatMap(([kind, kept]) => {
      if (kept?.startsWith('arn:') !== true) return []
      const [, , , secretRegion = region, accountId = at.id] = kept.split(':')
      return [{ accountId, region: secretRegion, arn: kept, kind, name: tls.name }]
    }),
    endpoints: allServices.flatMap((service) => {
      const endpointId = named[service]
      if (endpointId === undefined) return []
      const place = { accountId: at.id, region, endpointId, vpcId, subnetIds }
      const type = service === 's3' ? ('Gateway' as const) : ('Interface' as const)
      return [{ ...place, serviceName: serviceNameOf(region, service), privateDns: type === 'Interface', type }]
    }),
    internet: wanted === 'none' ? [vpcId] : [],
  }
}
