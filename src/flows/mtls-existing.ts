// Lists the things that a rehearsal of an mtls-proxy on Fargate finds: secrets, endpoints, a route to the internet.
import { allServices, serviceNameOf } from '../steps/shared/service-endpoints.ts'
import type { Existing } from './existing.ts'
import type { MtlsProxySettings } from './mtls-proxy-settings.ts'
import type { NginxTls } from './mtls-tls-settings.ts'
import type { ResolvedNetwork } from './accounts-and-networks.ts'

/**
 * The secrets and the endpoints of AWS's services that a proxy's settings name, and a way to the internet where its
 * tasks need one. The sandbox makes a server's certificate with the right name.
 */
export function existingForTasks(
  { account, vpcId, subnetIds, region }: ResolvedNetwork,
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
      const [, , , secretRegion = region, accountId = account.id] = kept.split(':')
      return [{ accountId, region: secretRegion, arn: kept, kind, name: tls.name }]
    }),
    endpoints: allServices.flatMap((service) => {
      const endpointId = named[service]
      if (endpointId === undefined) return []
      const endpoint = { accountId: account.id, region, endpointId, vpcId, subnetIds }
      const type = service === 's3' ? ('Gateway' as const) : ('Interface' as const)
      return [{ ...endpoint, serviceName: serviceNameOf(region, service), privateDns: type === 'Interface', type }]
    }),
    internet: wanted === 'none' ? [vpcId] : [],
  }
}
