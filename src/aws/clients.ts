import http from 'node:http'
import https from 'node:https'
import { APIGatewayClient } from '@aws-sdk/client-api-gateway'
import { EC2Client } from '@aws-sdk/client-ec2'
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2'
import { IAMClient } from '@aws-sdk/client-iam'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { ECSClient } from '@aws-sdk/client-ecs'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { Route53Client } from '@aws-sdk/client-route-53'
import { STSClient } from '@aws-sdk/client-sts'
import { fromNodeProviderChain } from '@aws-sdk/credential-providers'
import type { AwsCredentialIdentity, AwsCredentialIdentityProvider } from '@aws-sdk/types'
import { seconds } from '../engine/step.ts'
import type { ServiceName } from './limits.ts'

export type Credentials = AwsCredentialIdentity | AwsCredentialIdentityProvider

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
}

/** Makes clients that share one pool of connections, whatever their session. */
export interface ClientFactory {
  make(region: string, credentials: Credentials): Clients
  makeSts(region: string, credentials: Credentials): STSClient
  /** The credentials that the SDK finds: environment, profile, single sign-on, container, machine. */
  baseCredentials(): Credentials
  close(): void
}

const silent = { debug() {}, info() {}, warn() {}, error() {} }

/** As the SDK names them in `AWS_ENDPOINT_URL_...`. */
const endpointNames: Record<ServiceName, string> = {
  ec2: 'EC2',
  elbv2: 'ELASTIC_LOAD_BALANCING_V2',
  apigateway: 'API_GATEWAY',
  iam: 'IAM',
  lambda: 'LAMBDA',
  ecs: 'ECS',
  secretsmanager: 'SECRETS_MANAGER',
  logs: 'CLOUDWATCH_LOGS',
  route53: 'ROUTE_53',
  sts: 'STS',
}

/** Environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Clients that leave retrying to us: one attempt, on our clock. `environment` goes before the process's own for
 * credentials in variables and endpoint URLs; the SDK finds by itself what it does not have.
 */
export function makeClientFactory(environment: Environment = {}): ClientFactory {
  const agentOptions = { keepAlive: true, maxSockets: 50 }
  const agents = { httpAgent: new http.Agent(agentOptions), httpsAgent: new https.Agent(agentOptions) }
  // In real time: how long a machine takes to answer has nothing to do with how fast a rehearsal runs.
  const requestHandler = {
    ...agents,
    connectionTimeout: seconds(10),
    requestTimeout: seconds(60),
    throwOnRequestTimeout: true,
    logger: silent,
  }
  const made: { destroy(): void }[] = []
  let base: Credentials | undefined
  const commonTo = (region: string, credentials: Credentials) => ({
    region,
    credentials,
    maxAttempts: 1,
    logger: silent,
    requestHandler,
  })
  return {
    make: (region, credentials) => {
      const common = commonTo(region, credentials)
      const clients: Clients = {
        ec2: new EC2Client({ ...common, ...endpointIn(environment, 'ec2') }),
        elbv2: new ElasticLoadBalancingV2Client({ ...common, ...endpointIn(environment, 'elbv2') }),
        apigateway: new APIGatewayClient({ ...common, ...endpointIn(environment, 'apigateway') }),
        iam: new IAMClient({ ...common, ...endpointIn(environment, 'iam') }),
        lambda: new LambdaClient({ ...common, ...endpointIn(environment, 'lambda') }),
        ecs: new ECSClient({ ...common, ...endpointIn(environment, 'ecs') }),
        secretsmanager: new SecretsManagerClient({ ...common, ...endpointIn(environment, 'secretsmanager') }),
        logs: new CloudWatchLogsClient({ ...common, ...endpointIn(environment, 'logs') }),
        route53: new Route53Client({ ...common, ...endpointIn(environment, 'route53') }),
      }
      made.push(...Object.values(clients))
      return clients
    },
    makeSts: (region, credentials) => {
      const client = new STSClient({ ...commonTo(region, credentials), ...endpointIn(environment, 'sts') })
      made.push(client)
      return client
    },
    // One provider for all accounts, so that a sign-in is asked for once; it renews by itself what can be renewed.
    baseCredentials: () => (base ??= credentialsIn(environment) ?? chainFor(environment)),
    close: () => {
      for (const client of made) client.destroy()
      agents.httpAgent.destroy()
      agents.httpsAgent.destroy()
    },
  }
}

function endpointIn(environment: Environment, service: ServiceName): { endpoint?: string } {
  if (environment['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'] === 'true') return {}
  const endpoint = environment[`AWS_ENDPOINT_URL_${endpointNames[service]}`] ?? environment['AWS_ENDPOINT_URL']
  return endpoint === undefined || endpoint === '' ? {} : { endpoint }
}

/** A profile goes before keys, as in the SDK (fromNodeProviderChain, @aws-sdk/credential-provider-node). */
function credentialsIn(environment: Environment): AwsCredentialIdentity | undefined {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token } = environment
  if (environment['AWS_PROFILE'] || !id || !secret) return undefined
  return { accessKeyId: id, secretAccessKey: secret, ...(token && { sessionToken: token }) }
}

const chainFor = ({ AWS_PROFILE: profile }: Environment) =>
  fromNodeProviderChain({ logger: silent, ...(profile && { profile }) })
