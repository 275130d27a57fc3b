/** A service of AWS that endpoints can reach, in any region. */
export interface AwsService {
  /** The part after the Region in its name: `execute-api` in `com.amazonaws.us-east-1.execute-api`. */
  name: string
  type: 'Interface' | 'Gateway'
  /** The first labels of its private names; the first one is its default name. */
  hosts: string[]
}

const plain =
  'ec2 ec2messages elasticloadbalancing kms lambda logs monitoring events secretsmanager sns sqs ssm ssmmessages states ' +
  'sts xray'

/** A choice of the services that AWS has; execute-api is the one that this is about. */
export const awsServices: AwsService[] = [
  ...plain.split(' ').map((name): AwsService => ({ name, type: 'Interface', hosts: [name] })),
  { name: 'execute-api', type: 'Interface', hosts: ['execute-api', '*.execute-api'] },
  { name: 'ecr.api', type: 'Interface', hosts: ['api.ecr'] },
  { name: 'ecr.dkr', type: 'Interface', hosts: ['dkr.ecr', '*.dkr.ecr'] },
  { name: 's3', type: 'Gateway', hosts: [] },
  { name: 's3', type: 'Interface', hosts: ['s3', '*.s3'] },
  { name: 'dynamodb', type: 'Gateway', hosts: [] },
  { name: 'dynamodb', type: 'Interface', hosts: ['dynamodb'] },
]
