// Adds the proxy of the mtls-proxy flow as NGINX on Fargate.
import { executeApiName, partitionOf, servicePrincipal, privateImageIn } from '../aws/partition.ts'
import { after, type Ref, together } from '../engine/ref.ts'
import { exits, PrivlinkError } from '../errors.ts'
import { ecsCluster } from '../steps/ecs-cluster.ts'
import { ecsService } from '../steps/ecs-service.ts'
import { listener } from '../steps/listener.ts'
import { loadBalancer } from '../steps/load-balancer.ts'
import { logGroup } from '../steps/log-group.ts'
import { nginxConfiguration, proxyCommand, proxyVariables, writablePath } from '../steps/shared/nginx-proxy.ts'
import { role } from '../steps/role.ts'
import { secret } from '../steps/secret.ts'
import { targetGroup } from '../steps/target-group.ts'
import { targetHealth } from '../steps/target-health.ts'
import { taskDefinition } from '../steps/task-definition.ts'
import type { FlowContext } from './flow.ts'
import type { Certificates, Kept } from './mtls-certificates.ts'
import type { MtlsProxySettings } from './mtls-proxy-settings.ts'
import type { NginxTls } from './mtls-tls-settings.ts'
import { type ResolvedNetwork } from './accounts-and-networks.ts'
import type { Producer } from './producer.ts'
import { addImageSource, addServiceEndpoints } from './service-endpoints.ts'

/** The port for health checks, without TLS: the load balancer shows no certificate in its checks. */
export const healthPort = 80

interface NginxParts {
  home: ResolvedNetwork
  vpcId: Ref<string>
  cidrBlocks: Ref<string[]>
  balancerGroupId: Ref<string>
  proxyGroupId: Ref<string>
  /** DNS name of the integration's own execute-api endpoint. */
  endpointName: Ref<string>
  producer: Producer
  tls: NginxTls
  certificates: Certificates
  nginx: MtlsProxySettings['nginx']
}

/**
 * Adds NGINX on Fargate behind a Network Load Balancer that passes TLS through: secrets, roles, tasks, load balancer.
 *
 * @returns the load balancer in front; `settled` is known once its targets' health has been decided.
 */
export function addNginxProxy(
  context: FlowContext,
  parts: NginxParts,
): { loadBalancerArn: Ref<string>; settled: Ref<unknown> } {
  const { builder } = context
  const { home, nginx } = parts
  const account = home.account.key

  // 3) The proxy
  const { image: name, endpoints } = nginx
  const image = addImageSource(context, '3', home, { image: name, endpoints })
  const services = addServiceEndpoints(context, '3', home, endpoints, parts.proxyGroupId)
  const secrets = addSecrets(context, parts)
  const definition = addTask(context, parts, secrets, image.facts.image)

  // 4) Its load balancer
  const targets = builder.step('4', 'targets', targetGroup, account, {
    vpcId: parts.vpcId,
    cidrBlocks: parts.cidrBlocks,
    port: 443,
    healthCheck: { protocol: 'HTTP', path: '/health', port: healthPort },
  })
  const balancer = builder.step('4', 'balancer', loadBalancer, account, {
    subnetIds: home.subnetIds,
    securityGroupIds: [parts.balancerGroupId],
  })
  const listening = builder.step('4', 'listener', listener, account, {
    loadBalancerArn: balancer.made.loadBalancerArn,
    port: 443,
    targetGroupArn: targets.facts.targetGroupArn,
  })
  const cluster = builder.step('3', 'cluster', ecsCluster, account, {})
  const tasks = builder.step('4', 'tasks', ecsService, account, {
    clusterArn: cluster.facts.clusterArn,
    taskDefinitionArn: definition.facts.taskDefinitionArn,
    subnetIds: home.subnetIds,
    securityGroupIds: [parts.proxyGroupId],
    // A service takes only a target group that a listener sends to (CreateService, Amazon ECS API reference).
    targetGroupArn: after(together([listening.facts.listenerArn, services]), targets.facts.targetGroupArn),
    containerPort: 443,
    desiredCount: nginx.tasks,
    publicAddress: image.facts.needsPublicAddress,
  })
  const health = builder.step('4', 'health', targetHealth, account, {
    targetGroupArn: after(tasks.facts.serviceArn, targets.facts.targetGroupArn),
  })
  return { loadBalancerArn: balancer.facts.loadBalancerArn, settled: health.facts.targetGroupArn }
}

interface SecretRefs {
  arn: Ref<string>
  fingerprint: Ref<string>
}

type Secrets = Record<'certificate' | 'key' | 'clientCa', SecretRefs> & { crl: SecretRefs | undefined }

/** Adds the secrets that only the tasks may read: made from the operator's files, or named by the config. */
function addSecrets({ builder, name }: FlowContext, { home, certificates }: NginxParts): Secrets {
  const add = (node: string, key: keyof Secrets, purpose: string, kept: Kept): SecretRefs => {
    if ('arn' in kept) checkOwner(`integrations.${name}.tls.${key}`, kept.arn, home)
    const inputs = 'arn' in kept ? { purpose } : { ...kept, purpose }
    const added = builder.step('3', node, secret, home.account.key, inputs, 'arn' in kept ? kept.arn : undefined)
    return { arn: added.facts.secretArn, fingerprint: added.facts.fingerprint }
  }
  const { certificate, key, clientCa, crl } = certificates
  return {
    certificate: add('certificate', 'certificate', "the server's certificate", certificate),
    key: add('key', 'key', "the server's private key", key),
    clientCa: add('client-ca', 'clientCa', "the authorities of clients' certificates", clientCa),
    crl: crl && add('crl', 'crl', 'what these authorities have revoked', crl),
  }
}

/** Refuses a secret of another account, which would need a policy and a key of its own. */
function checkOwner(path: string, arn: string, { account, name }: ResolvedNetwork): void {
  const [, , , region, id] = arn.split(':')
  if (region === account.region && id === account.id) return
  throw new PrivlinkError(
    'SecretElsewhere',
    `${path}: the secret belongs to account ${id} in ${region}, the tasks to ${account.id} in ${account.region}`,
    { exit: exits.usage, hint: `Keep it in the account and Region of the network "${name}", or name a file.` },
  )
}

/**
 * Adds the tasks' roles, log group and definition. A changed certificate changes its fingerprint, and so the
 * definition.
 */
function addTask({ builder }: FlowContext, parts: NginxParts, secrets: Secrets, image: Ref<string>) {
  const { home, nginx, producer, tls } = parts
  const account = home.account.key
  const { certificate, key, clientCa, crl } = secrets
  const all = [certificate, key, clientCa, ...(crl ? [crl] : [])]
  const logs = builder.step('3', 'logs', logGroup, account, { retentionDays: 30 })
  const execution = builder.step('3', 'execution-role', role, account, {
    service: servicePrincipal('ecs-tasks'),
    statements: [
      { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: all.map(({ arn }) => arn) },
      {
        Effect: 'Allow',
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: logs.facts.logGroupArn.map((arn) => `${arn.replace(/:\*$/, '')}:log-stream:*`),
      },
      ...pullingFrom(nginx.image),
    ],
  })
  // NGINX itself calls no AWS API.
  const own = builder.step('3', 'task-role', role, account, { service: servicePrincipal('ecs-tasks'), statements: [] })
  const configuration = together<Ends>({ upstream: parts.endpointName, apiId: producer.apiId }).map(
    ({ upstream, apiId }) =>
      nginxConfiguration({
        name: tls.name,
        upstream,
        api: executeApiName({ region: home.region, partition: partitionOf(home.region) }, apiId),
        stage: producer.stage,
        depth: tls.depth,
        revocations: crl !== undefined,
        cpu: nginx.cpu,
      }),
  )
  return builder.step('3', 'task', taskDefinition, account, {
    image,
    command: [...proxyCommand],
    environment: {
      [proxyVariables.configuration]: configuration,
      CERTIFICATE_SHA256: certificate.fingerprint,
      KEY_SHA256: key.fingerprint,
      CLIENT_CA_SHA256: clientCa.fingerprint,
      ...(crl && { CLIENT_CRL_SHA256: crl.fingerprint }),
    },
    secrets: {
      [proxyVariables.certificate]: certificate.arn,
      [proxyVariables.key]: key.arn,
      [proxyVariables.clientCa]: clientCa.arn,
      ...(crl && { [proxyVariables.crl]: crl.arn }),
    },
    ports: [443, healthPort],
    cpu: nginx.cpu,
    memory: nginx.memory,
    executionRoleArn: execution.facts.roleArn,
    taskRoleArn: own.facts.roleArn,
    logGroupName: logs.facts.logGroupName,
    writable: writablePath,
    healthPort,
  })
}

/** The name that NGINX connects to, and the API that it asks for there. */
interface Ends {
  upstream: string
  apiId: string
}

/**
 * The permissions to pull from a private repository ("Amazon ECS task execution IAM role"); a public one needs none.
 */
function pullingFrom(image: string): { Effect: string; Action: string | string[]; Resource: string }[] {
  const found = privateImageIn(image)
  if (found === undefined) return []
  const { account, region, repository } = found
  const pulls = ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer']
  const arn = `arn:${partitionOf(region)}:ecr:${region}:${account}:repository/${repository}`
  return [
    { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
    { Effect: 'Allow', Action: pulls, Resource: arn },
  ]
}
