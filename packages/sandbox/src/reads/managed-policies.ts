/**
 * AWS's own policies that roles of functions and tasks carry, by name under `arn:aws:iam::aws:policy/service-role/`.
 */
const documents: Record<string, object> = {
  AWSLambdaBasicExecutionRole: allow(['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents']),
  AWSLambdaVPCAccessExecutionRole: allow([
    'logs:CreateLogGroup',
    'logs:CreateLogStream',
    'logs:PutLogEvents',
    'ec2:CreateNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:DeleteNetworkInterface',
    'ec2:AssignPrivateIpAddresses',
    'ec2:UnassignPrivateIpAddresses',
  ]),
  AmazonECSTaskExecutionRolePolicy: allow([
    'ecr:GetAuthorizationToken',
    'ecr:BatchCheckLayerAvailability',
    'ecr:GetDownloadUrlForLayer',
    'ecr:BatchGetImage',
    'logs:CreateLogStream',
    'logs:PutLogEvents',
  ]),
}

function allow(actions: readonly string[]): object {
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] }
}

/**
 * The document of a policy that AWS manages (AWS Managed Policy Reference Guide); nothing for one that the sandbox does
 * not have.
 */
export function managedPolicy(arn: string): object | undefined {
  const name = /^arn:[\w-]+:iam::aws:policy\/service-role\/(\w+)$/.exec(arn)?.[1]
  return name !== undefined && Object.hasOwn(documents, name) ? documents[name] : undefined
}
