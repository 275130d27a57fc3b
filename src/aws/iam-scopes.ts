import { apiGatewayScopes } from './iam-scopes/api-gateway.ts'
import { ec2Scopes } from './iam-scopes/ec2.ts'
import { elbScopes } from './iam-scopes/elb.ts'
import { iamScopes } from './iam-scopes/iam.ts'
import { looks } from './iam-scopes/look.ts'
import { route53Scopes } from './iam-scopes/route53.ts'
import type { Scope } from './iam-scopes/scope.ts'
import { storeScopes } from './iam-scopes/stores.ts'

/**
 * What AWS lets a permission be narrowed to. Resource types and condition keys: Service Authorization Reference, for
 * Amazon EC2, AWS Elastic Load Balancing V2, Amazon API Gateway Management, Amazon Route 53, AWS IAM, AWS Secrets Manager and Amazon CloudWatch Logs; other sources
 * are named where they are used.
 */
export const scopes: readonly Scope[] = [
  ...looks,
  ...ec2Scopes,
  ...elbScopes,
  ...apiGatewayScopes,
  ...iamScopes,
  ...route53Scopes,
  ...storeScopes,
]
