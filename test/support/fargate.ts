import { CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs'
import {
  CreateClusterCommand,
  CreateServiceCommand,
  type CreateServiceCommandInput,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
  type Service,
  type Task,
} from '@aws-sdk/client-ecs'
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { CreateRoleCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager'
import type { SandboxOptions } from '../../packages/sandbox/src/server/sandbox.ts'
import type { WorldSpec } from '../../packages/sandbox/src/server/seed/seed.ts'
import { rehearse } from './sandbox.ts'

export const account = '333333333333'
const place = { account, region: 'us-east-1' }
const subnetIds = ['subnet-0000000000000ec1', 'subnet-0000000000000ec2']
const groupId = 'sg-0000000000000ec5'

/** A VPC for tasks: two zones, and a way to the internet, or `none`. */
export const vpcForTasks = (target = 'nat-0ec5'): WorldSpec => ({
  vpcs: [
    {
      ...place,
      vpcId: 'vpc-0000000000000ec5',
      cidr: '10.5.0.0/16',
      subnets: [
        { subnetId: subnetIds[0] ?? '', cidr: '10.5.1.0/24', zoneId: 'use1-az1' },
        { subnetId: subnetIds[1] ?? '', cidr: '10.5.2.0/24', zoneId: 'use1-az2' },
      ],
      ...(target !== 'none' && { routes: [{ destination: '0.0.0.0/0', target }] }),
    },
  ],
  securityGroups: [
    {
      ...place,
      groupId,
      name: 'tasks',
      vpcId: 'vpc-0000000000000ec5',
      ingress: [
        { port: 443, cidr: '10.5.0.0/16' },
        { port: 80, cidr: '10.5.0.0/16' },
      ],
    },
  ],
})

const trust = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' }],
}

/** Everything that a service on Fargate behind a Network Load Balancer needs, and hands to make and watch it. */
export async function fargate(options: SandboxOptions & { actions?: string[] } = {}) {
  const { actions = ['secretsmanager:GetSecretValue', 'logs:*', 'ecr:*'], ...rest } = options
  const rehearsal = await rehearse({ seed: vpcForTasks(), ...rest })
  const clients = rehearsal.clients(account)
  const { ecs, elbv2, iam, secretsmanager, logs } = clients
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName: 'execution', AssumeRolePolicyDocument: JSON.stringify(trust) }),
  )
  const Statement = [{ Effect: 'Allow', Action: actions, Resource: '*' }]
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await iam.send(new PutRolePolicyCommand({ RoleName: 'execution', PolicyName: 'own', PolicyDocument }))
  await logs.send(new CreateLogGroupCommand({ logGroupName: '/proxy' }))
  const secret = await secretsmanager.send(new CreateSecretCommand({ Name: 'key', SecretString: 'not for everybody' }))
  const { TargetGroups: [group] = [] } = await elbv2.send(
    new CreateTargetGroupCommand({
      Name: 'tasks',
      Protocol: 'TCP',
      Port: 443,
      VpcId: 'vpc-0000000000000ec5',
      TargetType: 'ip',
      HealthCheckProtocol: 'HTTP',
      HealthCheckPort: '80',
      HealthCheckPath: '/health',
      HealthCheckIntervalSeconds: 10,
      HealthyThresholdCount: 2,
    }),
  )
  const targetGroupArn = group?.TargetGroupArn ?? ''
  const { LoadBalancers: [balancer] = [] } = await elbv2.send(
    new CreateLoadBalancerCommand({ Name: 'front', Type: 'network', Scheme: 'internal', Subnets: subnetIds }),
  )
  const listen = () =>
    elbv2.send(
      new CreateListenerCommand({
        LoadBalancerArn: balancer?.LoadBalancerArn,
        Protocol: 'TCP',
        Port: 443,
        DefaultActions: [{ Type: 'forward', TargetGroupArn: targetGroupArn }],
      }),
    )
  await ecs.send(new CreateClusterCommand({ clusterName: 'proxies' }))

  const definition = (change: Partial<RegisterTaskDefinitionCommandInput> = {}, image = 'nginx:1.29-alpine') => ({
    family: 'proxy',
    requiresCompatibilities: ['FARGATE' as const],
    networkMode: 'awsvpc' as const,
    cpu: '256',
    memory: '512',
    executionRoleArn: Role?.Arn,
    volumes: [{ name: 'scratch' }],
    containerDefinitions: [
      {
        name: 'nginx',
        image,
        command: ['sh', '-c', script],
        readonlyRootFilesystem: true,
        portMappings: [{ containerPort: 443 }, { containerPort: 80 }],
        environment: [{ name: 'CONF', value: configuration }],
        secrets: [{ name: 'KEY', valueFrom: secret.ARN ?? '' }],
        mountPoints: [{ sourceVolume: 'scratch', containerPath: '/run/scratch' }],
        logConfiguration: {
          logDriver: 'awslogs' as const,
          options: { 'awslogs-group': '/proxy', 'awslogs-region': 'us-east-1', 'awslogs-stream-prefix': 'nginx' },
        },
      },
    ],
    ...change,
  })
  const register = async (change?: Partial<RegisterTaskDefinitionCommandInput>, image?: string): Promise<string> => {
    const made = await ecs.send(new RegisterTaskDefinitionCommand(definition(change, image)))
    return made.taskDefinition?.taskDefinitionArn ?? ''
  }
  const request = (change: Partial<CreateServiceCommandInput> = {}): CreateServiceCommandInput => ({
    cluster: 'proxies',
    serviceName: 'proxy',
    taskDefinition: 'proxy',
    launchType: 'FARGATE',
    desiredCount: 2,
    networkConfiguration: { awsvpcConfiguration: { subnets: subnetIds, securityGroups: [groupId] } },
    loadBalancers: [{ targetGroupArn, containerName: 'nginx', containerPort: 443 }],
    healthCheckGracePeriodSeconds: 60,
    ...change,
  })
  const create = async (change?: Partial<CreateServiceCommandInput>): Promise<Service> => {
    const { service } = await ecs.send(new CreateServiceCommand(request(change)))
    if (service === undefined) throw new Error('no service')
    return service
  }
  const look = async (): Promise<Service> => {
    const { services: [service] = [] } = await ecs.send(
      new DescribeServicesCommand({ cluster: 'proxies', services: ['proxy'] }),
    )
    if (service === undefined) throw new Error('no service')
    return service
  }
  const tasks = async (desiredStatus: 'RUNNING' | 'STOPPED' = 'RUNNING'): Promise<Task[]> => {
    const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster: 'proxies', desiredStatus }))
    if (taskArns.length === 0) return []
    return (await ecs.send(new DescribeTasksCommand({ cluster: 'proxies', tasks: taskArns }))).tasks ?? []
  }
  /** Looks every 5 s of the sandbox's time, for at most ten minutes. */
  const until = async <T>(see: () => Promise<T>, well: (seen: T) => boolean): Promise<T> => {
    for (let look = 0; look < 120; look += 1) {
      const seen = await see()
      if (well(seen)) return seen
      await rehearsal.clock.sleep(5_000)
    }
    throw new Error(`not within ten minutes: ${JSON.stringify(await see())}`)
  }
  const steady = () =>
    until(look, ({ deployments = [] }) => deployments.every((one) => one.rolloutState === 'COMPLETED'))
  return {
    ...rehearsal,
    ...clients,
    secretArn: secret.ARN ?? '',
    targetGroupArn,
    loadBalancerArn: balancer?.LoadBalancerArn ?? '',
    listen,
    definition,
    register,
    request,
    create,
    look,
    tasks,
    until,
    steady,
  }
}

const configuration = `
events { }
http {
  access_log /dev/stdout;
  server { listen 443; listen [::]:443; location / { return 200 "proxied\\n"; } }
  server { listen 80; location = /health { access_log off; return 200 "ok\\n"; } }
}
`
const script = `set -eu
printf '%s' "$CONF" > /run/scratch/nginx.conf
printf '%s' "$KEY" > /run/scratch/key
echo "the key is $KEY"
unset CONF KEY
exec nginx -c /run/scratch/nginx.conf -g 'daemon off;'`
