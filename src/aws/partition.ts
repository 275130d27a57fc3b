/**
 * Everything that differs between the partitions of AWS, in one place: ARNs, DNS names and service names. No other file
 * of `src` writes one of these out (test/aws/partition.test.ts).
 */

/** The partition of a Region ("Amazon Resource Names", AWS General Reference). */
export const partitionOf = (region: string): string =>
  region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'

const dnsSuffixOf = (partition: string): string => (partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com')

/** A DNS name below execute-api: `label` is the id of an API, or of an API and an endpoint. */
export const executeApiName = ({ region, partition }: { region: string; partition: string }, label: string): string =>
  `${label}.execute-api.${region}.${dnsSuffixOf(partition)}`

/** The name of a service of AWS for endpoints, such as `execute-api` or `ecr.dkr`. */
export const serviceNameOf = (region: string, service: string): string => `com.amazonaws.${region}.${service}`

/** A pattern of the names of all endpoint services in a Region. */
export const anyEndpointService = (region: string): string => serviceNameOf('vpce', `${region}.vpce-svc-*`)

/** The principal of a service in trust policies and conditions: the same in every partition for these services. */
export const servicePrincipal = <
  const S extends 'apigateway' | 'ecs' | 'ecs-tasks' | 'elasticloadbalancing' | 'lambda',
>(
  service: S,
) => `${service}.amazonaws.com` as const

/** The account, Region and repository of an image in a private ECR; undefined for any other image. */
export function privateImageIn(image: string): { account: string; region: string; repository: string } | undefined {
  const [, account, region, repository] =
    /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/([^:@]+)/.exec(image) ?? []
  if (account === undefined || region === undefined || repository === undefined) return undefined
  return { account, region, repository }
}

/** The registry of an account's private ECR. */
export const registryOf = ({
  accountId,
  region,
  partition,
}: {
  accountId: string
  region: string
  partition: string
}) => `${accountId}.dkr.ecr.${region}.${dnsSuffixOf(partition)}`

/** An ARN of any partition, as the beginning of a regular expression. */
export const anyArn = String.raw`arn:aws[a-z-]*`
