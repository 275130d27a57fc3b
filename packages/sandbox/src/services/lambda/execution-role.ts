import type { Call } from '../operation.ts'
import { mayAssume, roleMay } from '../../reads/roles.ts'
import { invalidParameter } from '../../reads/function-refusals.ts'
import { AwsError } from '../../state/aws-error.ts'

/**
 * Lambda requires these actions of a function's role for its interfaces ("Giving Lambda functions access to resources
 * in a VPC").
 */
const interfaceActions = ['CreateNetworkInterface', 'DescribeNetworkInterfaces', 'DeleteNetworkInterface']

/**
 * Refuses a role that Lambda cannot act as, or that may not make what the function needs. Whether the caller may pass
 * it is a matter of its own.
 *
 * @throws AwsError as seen in aws-sdk-js issue 4408 and aws-cdk issue 7998
 */
export function checkRole({ world, now, account, region }: Call, roleArn: string, inVpc: boolean): void {
  const owner = /^arn:[\w-]+:iam::(\d{12}):role\/.+$/.exec(roleArn)?.[1]
  if (owner === undefined) {
    throw invalidParameter(
      `1 validation error detected: Value '${roleArn}' at 'role' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+`,
    )
  }
  if (owner !== account) throw new AwsError('AccessDeniedException', 'Cross-account pass role is not allowed.', 403)
  if (!mayAssume(world, now, roleArn, 'lambda.amazonaws.com')) {
    throw invalidParameter('The role defined for the function cannot be assumed by Lambda.')
  }
  if (!inVpc) return
  const lacking = interfaceActions.find(
    (action) => !roleMay(world, roleArn, { action: `ec2:${action}`, resource: '*' }, { now, region }),
  )
  if (lacking !== undefined) {
    throw invalidParameter(`The provided execution role does not have permissions to call ${lacking} on EC2`)
  }
}
