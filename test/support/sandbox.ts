import { APIGatewayClient } from '@aws-sdk/client-api-gateway'
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { EC2Client } from '@aws-sdk/client-ec2'
import { ECSClient } from '@aws-sdk/client-ecs'
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2'
import { IAMClient } from '@aws-sdk/client-iam'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { Route53Client } from '@aws-sdk/client-route-53'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { STSClient } from '@aws-sdk/client-sts'
import { atEndOfFile } from './end-of-file.ts'

import { type Clock, jumpingClock } from 'privlink-sandbox'
import { type Sandbox, type SandboxOptions, startSandbox } from '../../packages/sandbox/src/server/sandbox.ts'

export interface Keys {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
}

export interface Clients {
  ec2: EC2Client
  elbv2: ElasticLoadBalancingV2Client
  apigateway: APIGatewayClient
  iam: IAMClient
  lambda: LambdaClient
  ecs: ECSClient
  secretsmanager: SecretsManagerClient
  logs: CloudWatchLogsClient
  route53: Route53Client
  sts: STSClient
}

export interface Rehearsal {
  sandbox: Sandbox
  clock: Clock
  /** The environment in which privlink finds the sandbox and is the operator. */
  environment: NodeJS.ProcessEnv
  /** SDK clients of an account (its 12-digit id is the key), or of a session's keys. Each call is sent once. */
  clients(account: string | Keys, region?: string): Clients
}

/** The operator's own account, which owns nothing. */
export const operator = '000000000000'

/**
 * A sandbox on a clock that jumps, without request rates unless the test asks for them, and SDK clients for it. It is
 * closed at the end of the test file.
 */
export async function rehearse(options: SandboxOptions = {}): Promise<Rehearsal> {
  const sandbox = await startSandbox({ clock: jumpingClock(), throttle: false, ...options })
  atEndOfFile(sandbox.close)
  const { clock } = sandbox
  return {
    sandbox,
    clock,
    environment: {
      AWS_ENDPOINT_URL: sandbox.url,
      AWS_ACCESS_KEY_ID: operator,
      AWS_SECRET_ACCESS_KEY: 'rehearsal',
    },
    clients: (account, region = 'us-east-1') => clientsFor(sandbox.url, clock, account, region),
  }
}

export function clientsFor(endpoint: string, clock: Clock, account: string | Keys, region = 'us-east-1'): Clients {
  const credentials = typeof account === 'string' ? { accessKeyId: account, secretAccessKey: 'rehearsal' } : account
  const config = { endpoint, region, credentials, maxAttempts: 1 }
  const clients = {
    ec2: new EC2Client(config),
    elbv2: new ElasticLoadBalancingV2Client(config),
    apigateway: new APIGatewayClient(config),
    iam: new IAMClient(config),
    lambda: new LambdaClient(config),
    ecs: new ECSClient(config),
    secretsmanager: new SecretsManagerClient(config),
    logs: new CloudWatchLogsClient(config),
    route53: new Route53Client(config),
    sts: new STSClient(config),
  }
  // A request that is under way holds the clock, as the product's own clients do.
  for (const { middlewareStack } of Object.values(clients)) {
    // The stacks differ in the commands that they take, of which this one does not care.
    const stack = middlewareStack as EC2Client['middlewareStack']
    stack.add((next) => (args) => clock.during(() => next(args)), { step: 'initialize' })
  }
  return clients
}
