import { isOwn } from '../../reads/own-resources.ts'
import { AwsError } from '../../state/aws-error.ts'
import type {
  Certificate,
  CreateListenerInput,
  MutualAuthenticationAttributes,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import type { Call } from '../operation.ts'
import { invalid, getTrustStore } from './lookup.ts'
import type { Listener, MutualAuthentication } from '../../state/elbv2.ts'
import { securityPolicies, defaultSecurityPolicy } from '../../reads/security-policies.ts'

/** Listeners per load balancer that verify client certificates ("Quotas for your Application Load Balancers"). */
const mostVerifying = 2
type Secure = Pick<Listener, 'certificateArn' | 'sslPolicy' | 'mutualAuthentication'>

/** Members of a request that only a listener with TLS may have. */
interface SecureInput extends Pick<CreateListenerInput, 'Certificates' | 'SslPolicy' | 'MutualAuthentication'> {
  protocol: string
}

/**
 * Reads what an HTTPS listener needs beyond any other, over what there was before. Throws CertificateNotFound,
 * SSLPolicyNotFound, TrustStoreNotFound and TrustStoreNotReady (hashicorp/terraform-provider-aws#36825).
 */
export function readSecure(
  call: Call,
  { protocol, Certificates, SslPolicy, MutualAuthentication }: SecureInput,
  loadBalancerArn: string,
  before?: Listener,
): Secure {
  if (protocol !== 'HTTPS') {
    if (Certificates?.length || SslPolicy !== undefined || (MutualAuthentication?.Mode ?? 'off') !== 'off')
      throw invalid(`Certificates and TLS settings cannot be specified for listeners of protocol ${protocol}`)
    return {}
  }
  const certificateArn = Certificates === undefined ? before?.certificateArn : readCertificate(call, Certificates)
  if (certificateArn === undefined) throw invalid('A certificate must be specified for HTTPS listeners')
  const sslPolicy = SslPolicy ?? before?.sslPolicy ?? defaultSecurityPolicy
  if (!(sslPolicy in securityPolicies) && sslPolicy !== defaultSecurityPolicy)
    throw new AwsError('SSLPolicyNotFound', `SSL policy '${sslPolicy}' not found`)
  const mutualAuthentication =
    MutualAuthentication === undefined
      ? before?.mutualAuthentication
      : readMutualAuthentication(call, MutualAuthentication)
  if (mutualAuthentication?.mode === 'verify') {
    const others = Object.values(call.world.elbv2.listeners).filter(
      (one) => one !== before && one.loadBalancerArn === loadBalancerArn && one.mutualAuthentication?.mode === 'verify',
    )
    if (others.length >= mostVerifying)
      throw new AwsError(
        'TooManyListeners',
        `A load balancer cannot have more than ${mostVerifying} listeners that verify`,
      )
  }
  return { certificateArn, sslPolicy, ...(mutualAuthentication && { mutualAuthentication }) }
}

function readCertificate(call: Call, certificates: Certificate[]): string {
  const [first, ...others] = certificates
  if (first?.CertificateArn === undefined || others.length > 0)
    throw invalid('Exactly one certificate must be specified')
  const found = call.world.acm.certificates[first.CertificateArn]
  if (!isOwn(call, found)) throw new AwsError('CertificateNotFound', `Certificate '${first.CertificateArn}' not found`)
  return first.CertificateArn
}

function readMutualAuthentication(call: Call, input: MutualAuthenticationAttributes): MutualAuthentication {
  const { Mode: mode = 'off', TrustStoreArn, IgnoreClientCertificateExpiry, AdvertiseTrustStoreCaNames } = input
  if (mode !== 'off' && mode !== 'passthrough' && mode !== 'verify')
    throw invalid(`Mutual authentication mode '${mode}' is not valid`)
  if (mode !== 'verify') {
    if (TrustStoreArn !== undefined) throw invalid(`A trust store cannot be specified with mode '${mode}'`)
    return { mode }
  }
  if (TrustStoreArn === undefined) throw invalid("A trust store must be specified with mode 'verify'")
  const store = getTrustStore(call, TrustStoreArn)
  if (store.readyAt > call.now)
    throw new AwsError('TrustStoreNotReady', `Trust store with ARN '${store.arn}' is not in ACTIVE state`)
  return {
    mode,
    trustStoreArn: store.arn,
    ignoreExpiry: IgnoreClientCertificateExpiry ?? false,
    advertise: AdvertiseTrustStoreCaNames ?? 'off',
  }
}

/** Shows mutual authentication as DescribeListeners does. */
export const showMutualAuthentication = (one: MutualAuthentication): MutualAuthenticationAttributes => ({
  Mode: one.mode,
  ...(one.trustStoreArn !== undefined && {
    TrustStoreArn: one.trustStoreArn,
    IgnoreClientCertificateExpiry: one.ignoreExpiry ?? false,
    AdvertiseTrustStoreCaNames: one.advertise ?? 'off',
    TrustStoreAssociationStatus: 'active' as const,
  }),
})
