import { owned, requested, type IamPlace, type Scope } from './scope.ts'

/** Roles are the deployment's by name, and by tag where they are there already. */
const roles = ({ partition, id, namePrefix }: IamPlace) => [`arn:${partition}:iam::${id}:role/${namePrefix}*`]

/** A role may be handed to these only; its tags do not count there (IAM User Guide, "Pass a role to an AWS service"). */
const passing = (sid: string, step: string, service: string): Scope => ({
  sid,
  actions: ['iam:PassRole'],
  steps: [step],
  resources: roles,
  condition: () => ({ StringEquals: { 'iam:PassedToService': service } }),
  within: 'role',
})

/** Made with the first thing of its kind in an account ("Service-linked roles", guides of ELB and ECS). */
const linked = (sid: string, steps: readonly string[], service: string): Scope => ({
  sid,
  actions: ['iam:CreateServiceLinkedRole'],
  steps,
  resources: ({ partition, id }) => [`arn:${partition}:iam::${id}:role/aws-service-role/${service}/*`],
  condition: () => ({ StringEquals: { 'iam:AWSServiceName': service } }),
})

/** AWS Identity and Access Management. */
export const iamScopes: readonly Scope[] = [
  // Without a tag: of what is gone, one that asks for tags would say "not authorized" where the answer is "not found".
  { sid: 'LookAtRoles', actions: ['iam:GetRole', 'iam:GetRolePolicy'], resources: roles, within: 'role' },
  { sid: 'MakeRoles', actions: ['iam:CreateRole', 'iam:TagRole'], resources: roles, condition: requested },
  {
    sid: 'OwnRoles',
    actions: ['iam:UpdateAssumeRolePolicy', 'iam:PutRolePolicy', 'iam:DeleteRolePolicy', 'iam:DeleteRole'],
    resources: roles,
    condition: owned,
  },
  passing('PassRolesToFunctions', 'lambda-function', 'lambda.amazonaws.com'),
  passing('PassRolesToTasks', 'task-definition', 'ecs-tasks.amazonaws.com'),
  linked('FirstBalancer', ['load-balancer', 'proxy-load-balancer'], 'elasticloadbalancing.amazonaws.com'),
  linked('FirstCluster', ['ecs-cluster', 'ecs-service'], 'ecs.amazonaws.com'),
]
