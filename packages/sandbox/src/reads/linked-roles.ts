import type { AccountRegion } from '../state/resource.ts'

/** The names of service-linked roles ("AWS services that work with IAM", and each service's own page on them). */
export const linkedRoleNames: Record<string, string> = {
  'ecs.amazonaws.com': 'AWSServiceRoleForECS',
  'elasticloadbalancing.amazonaws.com': 'AWSServiceRoleForElasticLoadBalancing',
  'ops.apigateway.amazonaws.com': 'AWSServiceRoleForAPIGateway',
}

/** The ARN that a service's linked role has in an account. */
export const linkedRoleArn = ({ account }: Pick<AccountRegion, 'account'>, service: string): string =>
  `arn:aws:iam::${account}:role/aws-service-role/${service}/${linkedRoleNames[service] ?? ''}`
