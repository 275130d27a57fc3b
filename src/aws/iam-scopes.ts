import { apiGatewayScopes } from './iam-scopes/api-gateway.ts'
import { ec2Scopes } from './iam-scopes/ec2.ts'
import { ecsScopes } from './iam-scopes/ecs.ts'
import { elbScopes } from './iam-scopes/elb.ts'
import { iamScopes } from './iam-scopes/iam.ts'
import { lambdaScopes } from './iam-scopes/lambda.ts'
import { looks } from './iam-scopes/look.ts'
import { route53Scopes } from './iam-scopes/route53.ts'
import type { Scope } from './iam-scopes/scope.ts'
import { storeScopes } from './iam-scopes/stores.ts'

/**
 * What AWS lets a permission be narrowed to. Resource types and condition keys are from the Service Authorization
 * Reference, as each file names its services; other sources are named where they are used.
 */
export const scopes: readonly Scope[] = [
  ...looks,
  ...ec2Scopes,
  ...elbScopes,
  ...apiGatewayScopes,
  ...ecsScopes,
  ...iamScopes,
  ...route53Scopes,
  ...lambdaScopes,
  ...storeScopes,
]
