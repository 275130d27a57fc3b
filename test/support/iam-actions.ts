import type { CallRecord } from '../../src/sandbox/protocol/dispatch.ts'

/** Tags in the same call need an action of their own ("Grant permission to tag resources on creation", EC2 and ELB). */
const tagging: Readonly<Record<string, string>> = {
  ec2: 'ec2:CreateTags',
  elasticloadbalancing: 'elasticloadbalancing:AddTags',
}

/** What privlink tags when it makes it. */
const tagged = /^Create(VpcEndpoint|VpcEndpointServiceConfiguration|SecurityGroup|LoadBalancer|TargetGroup|Listener)$/

/** Where API Gateway's action is not simply the verb of the operation's name (Service Authorization Reference). */
const more: Readonly<Record<string, readonly string[]>> = {
  // PUT is for the tags.
  CreateRestApi: ['apigateway:POST', 'apigateway:PUT'],
  CreateVpcLink: ['apigateway:POST', 'apigateway:PUT'],
  PutRestApi: ['apigateway:PUT', 'apigateway:UpdateRestApiPolicy'],
  UpdateRestApi: ['apigateway:PATCH', 'apigateway:UpdateRestApiPolicy'],
}

const verbs: readonly [RegExp, string][] = [
  [/^Get/, 'apigateway:GET'],
  [/^(Create|Test)/, 'apigateway:POST'],
  [/^Put/, 'apigateway:PUT'],
  [/^Update/, 'apigateway:PATCH'],
  [/^Delete/, 'apigateway:DELETE'],
]

/** The IAM actions that a call needs. */
export function actionsOf({ service, operation }: Pick<CallRecord, 'service' | 'operation'>): readonly string[] {
  const action = `${service}:${operation}`
  if (service !== 'apigateway') return [action, ...(tagged.test(operation) ? [tagging[service] ?? ''] : [])]
  return more[operation] ?? verbs.flatMap(([name, verb]) => (name.test(operation) ? [verb] : []))
}
