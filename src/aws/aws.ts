import type * as ApiGateway from '@aws-sdk/client-api-gateway'
import type * as Logs from '@aws-sdk/client-cloudwatch-logs'
import type * as Ec2 from '@aws-sdk/client-ec2'
import type * as Ecs from '@aws-sdk/client-ecs'
import type * as Elbv2 from '@aws-sdk/client-elastic-load-balancing-v2'
import type * as Iam from '@aws-sdk/client-iam'
import type * as Lambda from '@aws-sdk/client-lambda'
import type * as Route53 from '@aws-sdk/client-route-53'
import type * as SecretsManager from '@aws-sdk/client-secrets-manager'
import type { Command, MetadataBearer } from '@smithy/types'
import type { BatchedReads } from './batched-reads.ts'
import type { RunMemory } from './per-run.ts'

/**
 * Sends one command: paced by AWS's limits, retried where that is safe, its failure translated (failures.ts).
 *
 * @throws PrivlinkError with a code of failures.ts
 */
export type Send<Inputs extends object, Outputs extends MetadataBearer, Config> = <
  Input extends Inputs,
  Output extends Outputs,
>(
  command: Command<Inputs, Input, Outputs, Output, Config>,
) => Promise<Output>

/** The clients of one account in one Region, as steps get them. */
export interface Aws {
  /** The account's name in the config. */
  name: string
  /** Twelve digits, proved by GetCallerIdentity. */
  accountId: string
  region: string
  /** `aws`, `aws-cn`, `aws-us-gov` */
  partition: string
  ec2: Send<Ec2.ServiceInputTypes, Ec2.ServiceOutputTypes, Ec2.EC2ClientResolvedConfig>
  elbv2: Send<Elbv2.ServiceInputTypes, Elbv2.ServiceOutputTypes, Elbv2.ElasticLoadBalancingV2ClientResolvedConfig>
  apigateway: Send<
    ApiGateway.ServiceInputTypes,
    ApiGateway.ServiceOutputTypes,
    ApiGateway.APIGatewayClientResolvedConfig
  >
  iam: Send<Iam.ServiceInputTypes, Iam.ServiceOutputTypes, Iam.IAMClientResolvedConfig>
  lambda: Send<Lambda.ServiceInputTypes, Lambda.ServiceOutputTypes, Lambda.LambdaClientResolvedConfig>
  ecs: Send<Ecs.ServiceInputTypes, Ecs.ServiceOutputTypes, Ecs.ECSClientResolvedConfig>
  secretsmanager: Send<
    SecretsManager.ServiceInputTypes,
    SecretsManager.ServiceOutputTypes,
    SecretsManager.SecretsManagerClientResolvedConfig
  >
  logs: Send<Logs.ServiceInputTypes, Logs.ServiceOutputTypes, Logs.CloudWatchLogsClientResolvedConfig>
  route53: Send<Route53.ServiceInputTypes, Route53.ServiceOutputTypes, Route53.Route53ClientResolvedConfig>
  /** Reads that are merged with others of the same moment into one call. */
  reads: BatchedReads
  /** Values that the steps of this run share, in whichever account they work. */
  perRun: RunMemory
}
