import type { Aws } from '../../src/aws/aws.ts'
import type { Probe } from '../../src/aws/vantage.ts'
import { after } from '../../src/engine/ref.ts'
import type { Graph } from '../../src/engine/graph.ts'
import type { Config } from '../../src/flows/config.ts'
import { ecsCluster } from '../../src/steps/ecs-cluster.ts'
import { ecsService } from '../../src/steps/ecs-service.ts'
import { listener } from '../../src/steps/listener.ts'
import { loadBalancer } from '../../src/steps/load-balancer.ts'
import { role } from '../../src/steps/role.ts'
import { securityGroup } from '../../src/steps/security-group.ts'
import { targetGroup } from '../../src/steps/target-group.ts'
import { taskDefinition } from '../../src/steps/task-definition.ts'
import { type Stores, storesGraph } from './stores-graph.ts'

const configuration = `
events { }
http {
  server { listen 443; return 200 "proxied\\n"; }
  server { listen 80; location = /health { return 200 "ok\\n"; } }
}
`
const script = `cd /run/proxy; printf '%s' "$CONF" > nginx.conf; unset CONF KEY; exec nginx -c "$PWD/nginx.conf"`

/** Tasks with NGINX behind a load balancer of the network `hub`, and all that they need. */
export const tasksGraph = (config: Config, file: string): Graph<Aws, Probe> => storesGraph(config, file, {}, addTasks)

function addTasks({ context, hub, source, network, group, secret, log, endpoints }: Stores): void {
  const { builder } = context
  const account = hub.account.key
  const { vpcId } = source.facts
  const { cidrBlocks } = network.facts
  const balancerGroup = builder.step('3', 'balancer-group', securityGroup, account, {
    vpcId,
    description: 'Nodes',
    ingress: [],
    egress: [443, 80].map((port) => ({ port, cidrs: cidrBlocks })),
  })
  const proxyGroup = builder.step('3', 'proxy-group', securityGroup, account, {
    vpcId,
    description: 'Proxies',
    ingress: [443, 80].map((port) => ({ port, groupId: balancerGroup.facts.groupId })),
    egress: [],
  })
  const execution = builder.step('3', 'execution-role', role, account, {
    service: 'ecs-tasks.amazonaws.com',
    statements: [
      { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: [secret.facts.secretArn] },
      {
        Effect: 'Allow',
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: log.facts.logGroupArn.map((arn) => `${arn}:log-stream:*`),
      },
      {
        Effect: 'Allow',
        Action: ['ecr:GetAuthorizationToken', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
        Resource: '*',
      },
    ],
  })
  const own = builder.step('3', 'task-role', role, account, { service: 'ecs-tasks.amazonaws.com', statements: [] })
  const definition = builder.step('3', 'task', taskDefinition, account, {
    image: source.facts.image,
    command: ['sh', '-c', script],
    environment: { CONF: configuration },
    secrets: { KEY: secret.facts.secretArn },
    ports: [443],
    healthPort: 80,
    cpu: 256,
    memory: 512,
    executionRoleArn: execution.facts.roleArn,
    taskRoleArn: own.facts.roleArn,
    logGroupName: log.facts.logGroupName,
    writable: '/run/proxy',
  })
  const targets = builder.step('4', 'targets', targetGroup, account, {
    vpcId,
    cidrBlocks,
    port: 443,
    healthCheck: { protocol: 'HTTP', path: '/health', port: 80 },
  })
  const balancer = builder.step('4', 'balancer', loadBalancer, account, {
    subnetIds: hub.subnetIds,
    securityGroupIds: [balancerGroup.facts.groupId],
  })
  const listening = builder.step('4', 'listener', listener, account, {
    loadBalancerArn: balancer.facts.loadBalancerArn,
    port: 443,
    targetGroupArn: targets.facts.targetGroupArn,
  })
  const cluster = builder.step('4', 'cluster', ecsCluster, account, {})
  builder.step('4', 'tasks', ecsService, account, {
    clusterArn: cluster.facts.clusterArn,
    taskDefinitionArn: after(endpoints, definition.facts.taskDefinitionArn),
    subnetIds: hub.subnetIds,
    securityGroupIds: [group.facts.groupId, proxyGroup.facts.groupId],
    targetGroupArn: after(listening.facts.listenerArn, targets.facts.targetGroupArn),
    containerPort: 443,
    desiredCount: 2,
  })
}
