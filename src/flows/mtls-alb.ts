// Adds the proxy of the mtls-proxy flow as an Application Load Balancer with a trust store.
import { readRevocationLists } from '../disk/certificate-files.ts'
import { after, type Ref, together } from '../engine/ref.ts'
import { exits, PrivlinkError } from '../errors.ts'
import { albTargetGroup } from '../steps/alb-target-group.ts'
import { healthListener } from '../steps/health-listener.ts'
import { listener } from '../steps/listener.ts'
import { loadBalancer } from '../steps/load-balancer.ts'
import { mtlsListener } from '../steps/mtls-listener.ts'
import { proxyLoadBalancer } from '../steps/proxy-load-balancer.ts'
import { rewriteRule } from '../steps/rewrite-rule.ts'
import { targetGroup } from '../steps/target-group.ts'
import { targetHealth } from '../steps/target-health.ts'
import { type StoredObject, trustStore } from '../steps/trust-store.ts'
import type { Existing } from './existing.ts'
import type { FlowContext } from './flow.ts'
import type { AlbTls } from './mtls-tls-settings.ts'
import type { ResolvedNetwork } from './accounts-and-networks.ts'

/** The port of the health checks by the load balancer in front: plain HTTP, since a check shows no certificate. */
export const albHealthPort = 80

export interface AlbProxyParts {
  /** The network of both load balancers, with subnets in two zones or more. */
  producer: ResolvedNetwork
  /** Facts of the gate of that network. */
  vpcId: Ref<string>
  cidrBlocks: Ref<string[]>
  /** Group of the load balancer in front. It must let out to the proxy on 443 and on `albHealthPort`. */
  balancerGroupId: Ref<string>
  /** Group of the proxy: in from the balancer's group on 443 and `albHealthPort`, out to the endpoint on 443. */
  proxyGroupId: Ref<string>
  /** Addresses of the integration's own execute-api endpoint. */
  addresses: Ref<string[]>
  /** The private API, whose name the proxy puts into the Host header. */
  apiId: Ref<string>
  /** Clients call `https://NAME/PATH`; the proxy puts the stage in front of the path (a URL rewrite), as NGINX does. */
  stage: string
  tls: {
    /** The name that clients know the proxy by. */
    name: string
    certificateArn: string
    clientCa: StoredObject
    /** Fingerprint of a local copy of the bundle, if there is one: it changes when the bundle does. */
    fingerprint?: string | undefined
    crl?: (StoredObject & { copy?: string | undefined }) | undefined
  }
}

/**
 * Adds the proxy of AWS's sample `alb-mtls`: a Network Load Balancer that passes TCP 443 through to an internal
 * Application Load Balancer, which takes only certificates of the trust store and calls the private API in its name.
 *
 * @returns the load balancer in front, for an endpoint service: `loadBalancerArn` once it is active, `settled` once the
 * health of all targets has been decided.
 * @throws PrivlinkError CertificateElsewhere, CertificateMissing, CertificateUnreadable (exit 2)
 */
export function addAlbProxy(
  context: FlowContext,
  article: string,
  parts: AlbProxyParts,
): { loadBalancerArn: Ref<string>; settled: Ref<unknown> } {
  checkCertificate(context, parts)
  const { builder } = context
  const { producer, vpcId } = parts
  const account = producer.account.key
  const proxy = addProxy(context, article, parts)

  // An endpoint service needs a Network Load Balancer in front.
  const targets = builder.step(article, 'targets', albTargetGroup, account, {
    vpcId,
    port: 443,
    healthPort: albHealthPort,
    loadBalancerArn: proxy.listening,
  })
  const balancer = builder.step(article, 'balancer', loadBalancer, account, {
    subnetIds: producer.subnetIds,
    securityGroupIds: [parts.balancerGroupId],
  })
  const listening = builder.step(article, 'listener', listener, account, {
    loadBalancerArn: balancer.made.loadBalancerArn,
    port: 443,
    targetGroupArn: targets.facts.targetGroupArn,
  })
  const health = builder.step(article, 'health', targetHealth, account, {
    targetGroupArn: after(
      together([listening.facts.listenerArn, balancer.facts.loadBalancerArn]),
      targets.facts.targetGroupArn,
    ),
  })
  return {
    loadBalancerArn: balancer.facts.loadBalancerArn,
    settled: together([health.facts.targetGroupArn, proxy.settled]),
  }
}

/** Adds the Application Load Balancer, from its trust store to the addresses of the private API's endpoint. */
function addProxy(
  { builder, name, folder, readsFiles }: FlowContext,
  article: string,
  { producer, vpcId, cidrBlocks, proxyGroupId, addresses, apiId, stage, tls }: AlbProxyParts,
): { listening: Ref<string>; settled: Ref<unknown> } {
  const account = producer.account.key
  const copy = tls.crl?.copy
  const list =
    copy === undefined || !readsFiles
      ? undefined
      : readRevocationLists({ place: `integrations.${name}.tls.crl.copy`, path: copy, folder }).fingerprint
  const store = builder.step(article, 'trust-store', trustStore, account, {
    bundle: storedAs(tls.clientCa, tls.fingerprint),
    ...(tls.crl && { revocations: storedAs(tls.crl, list) }),
  })
  const balancer = builder.step(article, 'proxy', proxyLoadBalancer, account, {
    subnetIds: producer.subnetIds,
    securityGroupIds: [proxyGroupId],
  })
  const loadBalancerArn = balancer.made.loadBalancerArn
  const verifying = builder.step(article, 'mtls-listener', mtlsListener, account, {
    loadBalancerArn,
    certificateArn: tls.certificateArn,
    trustStoreArn: store.facts.trustStoreArn,
  })
  const answering = builder.step(article, 'health-listener', healthListener, account, {
    loadBalancerArn,
    port: albHealthPort,
  })
  // An endpoint answers 403 to names that it does not know: the sample's matcher has this code too.
  const targets = builder.step(article, 'api-targets', targetGroup, account, {
    vpcId,
    cidrBlocks,
    port: 443,
    protocol: 'HTTPS',
    targets: addresses.map((all) => all.map((address) => ({ address, port: 443 }))),
    healthCheck: { protocol: 'HTTPS', path: '/ping', codes: '200,403' },
  })
  const rule = builder.step(article, 'rewrite-rule', rewriteRule, account, {
    listenerArn: verifying.facts.listenerArn,
    name: tls.name,
    targetGroupArn: targets.facts.targetGroupArn,
    apiId,
    stageName: stage,
  })
  const health = builder.step(article, 'api-health', targetHealth, account, {
    targetGroupArn: after(together([rule.facts.ruleArn, balancer.facts.loadBalancerArn]), targets.facts.targetGroupArn),
  })
  const listeners = together([verifying.facts.listenerArn, answering.facts.listenerArn])
  return { listening: after(listeners, balancer.facts.loadBalancerArn), settled: health.facts.targetGroupArn }
}

/** The inputs of the step, without what else the config says. */
const storedAs = ({ bucket, key, version }: StoredObject, fingerprint: string | undefined): StoredObject => ({
  bucket,
  key,
  ...(version !== undefined && { version }),
  ...(fingerprint !== undefined && { fingerprint }),
})

/**
 * Refuses other certificates than those of the load balancer's own account and Region ("Create an HTTPS listener", ALB
 * guide).
 */
function checkCertificate({ name }: FlowContext, { producer, tls }: AlbProxyParts): void {
  const [, , , region, account] = tls.certificateArn.split(':')
  if (account === producer.account.id && region === producer.region) return
  throw new PrivlinkError(
    'CertificateElsewhere',
    `integrations.${name}.tls.certificateArn: expected a certificate of account ${producer.account.id} in ${producer.region}, got one of ${account} in ${region}`,
    { exit: exits.usage, hint: "Name a certificate in ACM where the proxy's load balancer stands." },
  )
}

/** The objects and certificates that a rehearsal of the proxy finds in S3 and ACM. */
export function existingForAlb({ name, certificateArn: arn, clientCa, crl }: AlbTls): Partial<Existing> {
  const [, , , region = '', accountId = ''] = arn.split(':')
  return {
    objects: [
      { ...clientCa, holds: 'authorities' as const },
      ...(crl === undefined ? [] : [{ ...crl, holds: 'revocations' as const }]),
    ],
    certificates: [{ accountId, region, arn, name }],
  }
}
