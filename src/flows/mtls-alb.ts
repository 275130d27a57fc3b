import type { Ref } from '../engine/ref.ts'
import type { FlowContext } from './flow.ts'
import type { NetworkPlace } from './places.ts'

/** An object in S3: the newest version unless one is named. */
export interface StoredObject {
  bucket: string
  key: string
  version?: string | undefined
}

/** Where the load balancer in front asks the other whether it is there: by plain HTTP, since a check shows no certificate. */
export const albHealthPort = 80

export interface AlbProxyParts {
  /** Where both load balancers stand: subnets in two zones or more. */
  producer: NetworkPlace
  /** The gate's facts of that network. */
  vpcId: Ref<string>
  cidrBlocks: Ref<string[]>
  /** Group of the load balancer in front. It must let out to the proxy on 443 and on `albHealthPort`. */
  balancerGroupId: Ref<string>
  /** Group of the proxy: in from the balancer's group on 443 and `albHealthPort`, out to the endpoint on 443. */
  proxyGroupId: Ref<string>
  /** Of the integration's own execute-api endpoint. */
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
    /** Tells when what is stored has changed: of a local copy, if there is one. */
    fingerprint?: string | undefined
    crl?: StoredObject | undefined
  }
}

/**
 * The proxy as AWS's sample `alb-mtls` has it: a Network Load Balancer that passes TCP 443 through to an internal
 * Application Load Balancer, which takes only certificates of the trust store and calls the private API in its name.
 *
 * @returns the load balancer in front, for an endpoint service: `loadBalancerArn` once it is active, `settled` once the
 * health of all targets has been decided.
 */
export function placeAlbProxy(
  _context: FlowContext,
  _article: string,
  _parts: AlbProxyParts,
): { loadBalancerArn: Ref<string>; settled: Ref<unknown> } {
  throw new Error('the proxy on an Application Load Balancer is not built yet')
}
