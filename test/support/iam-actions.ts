import type { CallRecord } from '../../packages/sandbox/src/server/protocol/dispatch.ts'

/**
 * What privlink tags when it makes it, which needs an action of its own ("Grant permission to tag resources on creation",
 * EC2 and ELB; Service Authorization Reference for the others).
 */
const tagging: Readonly<Record<string, readonly [made: RegExp, action: string]>> = {
  ec2: [/^Create(VpcEndpoint|VpcEndpointServiceConfiguration|SecurityGroup)$/, 'ec2:CreateTags'],
  elasticloadbalancing: [/^Create(LoadBalancer|TargetGroup|Listener|Rule|TrustStore)$/, 'elasticloadbalancing:AddTags'],
  iam: [/^CreateRole$/, 'iam:TagRole'],
  lambda: [/^CreateFunction$/, 'lambda:TagResource'],
  ecs: [/^(CreateCluster|CreateService|RegisterTaskDefinition)$/, 'ecs:TagResource'],
  secretsmanager: [/^CreateSecret$/, 'secretsmanager:TagResource'],
  logs: [/^CreateLogGroup$/, 'logs:TagResource'],
}

/** Operations that hand a role on (IAM User Guide, "Grant a user permissions to pass a role to an AWS service"). */
const passing = /^(CreateFunction|RegisterTaskDefinition)$/

/** Where an action is not the operation's name (Service Authorization Reference). */
const renamed: Readonly<Record<string, string>> = { 'lambda:Invoke': 'lambda:InvokeFunction' }

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
  if (service !== 'apigateway') {
    const action = `${service}:${operation}`
    const [made, tag = ''] = tagging[service] ?? []
    return [
      renamed[action] ?? action,
      ...(made?.test(operation) === true ? [tag] : []),
      ...(passing.test(operation) ? ['iam:PassRole'] : []),
    ]
  }
  return more[operation] ?? verbs.flatMap(([name, verb]) => (name.test(operation) ? [verb] : []))
}
