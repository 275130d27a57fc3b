import type { Listener } from '../state/elbv2.ts'

/**
 * Security policies and the least version of TLS that they take ("Security policies for your Application Load
 * Balancer"); those that take less than 1.2 are not modelled, so that a mistake in the config shows.
 */
export const securityPolicies: Record<string, 'TLSv1.2' | 'TLSv1.3'> = {
  'ELBSecurityPolicy-TLS13-1-2-2021-06': 'TLSv1.2',
  'ELBSecurityPolicy-TLS13-1-2-Res-2021-06': 'TLSv1.2',
  'ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06': 'TLSv1.2',
  'ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06': 'TLSv1.2',
  'ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09': 'TLSv1.2',
  'ELBSecurityPolicy-TLS13-1-3-2021-06': 'TLSv1.3',
  'ELBSecurityPolicy-FS-1-2-Res-2020-10': 'TLSv1.2',
  'ELBSecurityPolicy-TLS-1-2-2017-01': 'TLSv1.2',
}

/** The default of the API; 2016-08 also takes TLS 1.0 and 1.1, which the sandbox never speaks. */
export const defaultSecurityPolicy = 'ELBSecurityPolicy-2016-08'

/** The least version of TLS that a listener takes. */
export const leastVersion = ({ sslPolicy = defaultSecurityPolicy }: Pick<Listener, 'sslPolicy'>) =>
  securityPolicies[sslPolicy] ?? 'TLSv1.2'
