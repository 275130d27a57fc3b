import {
  type Action,
  type CreateListenerCommandInput,
  ModifyListenerCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import * as z from 'zod'
import { defineStep } from '../aws/define-step.ts'
import { differs } from '../engine/step.ts'
import { proxyLoadBalancer } from './proxy-load-balancer.ts'
import {
  createListener,
  deleteListener,
  listenerPatience,
  listenerPermissions,
  sightListener,
} from './shared/listeners.ts'

interface Inputs {
  loadBalancerArn: string
  /** The server's certificate, in ACM. */
  certificateArn: string
  trustStoreArn: string
}

const port = 443

/** TLS 1.2 and 1.3 with forward secrecy only ("Security policies for your Application Load Balancer"). */
const policy = 'ELBSecurityPolicy-TLS13-1-2-Res-2021-06'

/** For those whom no rule knows. */
const otherwise: Action = { Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } }

/**
 * The listener that lets in only whoever shows a certificate of the trust store: any other connection is closed
 * ("Mutual authentication with TLS", ALB guide). Requests that no rule leads anywhere get 404.
 */
export const mtlsListener = defineStep<Inputs>()({
  id: 'mtls-listener',
  title: 'Listener that verifies client certificates',
  facts: z.object({ listenerArn: z.string(), loadBalancerArn: z.string() }),
  permissions: listenerPermissions('app', proxyLoadBalancer),
  patience: listenerPatience,

  read(sight) {
    const { inputs, known } = sight
    const { certificateArn, trustStoreArn } = inputs
    const there = { ...sight, inputs: { ...inputs, port }, known: known && { ...known, port } }
    return sightListener(there, 'HTTPS', (found) => {
      const { Mode, TrustStoreArn, IgnoreClientCertificateExpiry } = found.MutualAuthentication ?? {}
      const verification = { mode: Mode ?? 'off', trustStoreArn: TrustStoreArn, strict: !IgnoreClientCertificateExpiry }
      return [
        ...differs('certificateArn', found.Certificates?.[0]?.CertificateArn, certificateArn),
        ...differs('policy', found.SslPolicy, policy),
        ...differs(
          'mutualAuthentication',
          verification,
          trustStoreArn && { mode: 'verify', trustStoreArn, strict: true },
        ),
        ...differs('otherwise', statusOf(found.DefaultActions), statusOf([otherwise])),
      ]
    })
  },

  async create({ aws, inputs, identity }) {
    const { loadBalancerArn } = inputs
    return { listenerArn: await createListener(aws, identity, settings(inputs)), loadBalancerArn }
  },

  async update({ aws, inputs, facts: { listenerArn: ListenerArn } }) {
    const { LoadBalancerArn: _, ...rest } = settings(inputs)
    await aws.elbv2(new ModifyListenerCommand({ ListenerArn, ...rest }))
  },

  async delete({ aws, known }) {
    await deleteListener(aws, known.listenerArn)
  },
})

const settings = ({ loadBalancerArn, certificateArn, trustStoreArn }: Inputs) =>
  ({
    LoadBalancerArn: loadBalancerArn,
    Protocol: 'HTTPS',
    Port: port,
    Certificates: [{ CertificateArn: certificateArn }],
    SslPolicy: policy,
    MutualAuthentication: { Mode: 'verify', TrustStoreArn: trustStoreArn, IgnoreClientCertificateExpiry: false },
    DefaultActions: [otherwise],
  }) satisfies CreateListenerCommandInput

/** The status of a fixed answer; of any other action, its type. */
const statusOf = (actions: readonly Action[] | undefined): string | undefined =>
  actions?.[0]?.FixedResponseConfig?.StatusCode ?? actions?.[0]?.Type
