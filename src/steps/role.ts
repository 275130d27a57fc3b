import { servicePrincipal } from '../aws/partition.ts'
import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  PutRolePolicyCommand,
  type Role,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam'
import * as z from 'zod'
import type { Aws } from '../aws/aws.ts'
import { defineStep } from '../aws/define-step.ts'
import { unlessMissing } from '../aws/failures.ts'
import { tagList, tagMap } from '../aws/tags.ts'
import { type Drift, minutes, seconds } from '../engine/step.ts'
import { given, ownerOf, seek } from './shared/ownership.ts'
import { type Policy, samePolicy } from './shared/resource-policy.ts'
import { owned, requested } from '../aws/permissions/conditions.ts'
import { permission } from '../aws/permissions/permission.ts'
import { roles } from '../aws/permissions/resources.ts'

interface Inputs {
  /** The service that acts as the role. */
  service: ReturnType<typeof servicePrincipal<'lambda' | 'ecs-tasks'>>
  /** The statements of its one inline policy; without any, the role has no inline policy. */
  statements: Statement[]
}

type Statement = Readonly<Record<string, unknown>>

/** The inline policy's name: there is one in a role. */
const policyName = 'privlink'

/**
 * A role for a function or a task. It takes 5 to 20 s until a service can act as it (aws-sdk-js issue 4408), which does
 * not show in IAM: what is given the role asks again. IAM is the same in every Region.
 */
export const role = defineStep<Inputs>()({
  id: 'role',
  title: 'Role',
  facts: z.object({ roleArn: z.string(), roleName: z.string() }),
  permissions: {
    read: [
      // Without a tag: of a role that is gone, AWS would answer "not authorized" instead of "not found".
      permission('LookAtRoles', ['iam:GetRole', 'iam:GetRolePolicy'], roles, undefined, 'itself'),
    ],
    create: [permission('MakeRoles', ['iam:CreateRole', 'iam:TagRole'], roles, requested)],
    update: [permission('OwnRoles', ['iam:UpdateAssumeRolePolicy', 'iam:PutRolePolicy'], roles, owned)],
    delete: [permission('OwnRoles', ['iam:DeleteRolePolicy', 'iam:DeleteRole'], roles, owned)],
  },
  patience: { upTo: minutes(2), every: seconds(2) },

  async read(sight) {
    const { aws, adopt, inputs, known, identity } = sight
    const found = await seek(sight, known?.roleArn, {
      byId: async (arn) => (await roleNamed(aws, nameIn(arn))).filter(({ Arn }) => Arn === arn),
      byName: () => roleNamed(aws, identity.name),
    })
    if (found === undefined) return { state: 'absent' }
    const facts = factsOf(found)
    const trust = await trustDrift(aws, found, inputs)
    // The policies of an adopted role are its owner's.
    const policy = adopt === undefined ? await policyDrift(aws, facts.roleName, inputs) : []
    return { state: 'ready', owner: ownerOf(identity, tagMap(found.Tags)), facts, drift: [...trust, ...policy] }
  },

  async create({ aws, inputs, identity }) {
    const { Role } = await aws.iam(
      new CreateRoleCommand({
        RoleName: identity.name,
        AssumeRolePolicyDocument: JSON.stringify(trustFor(inputs.service)),
        Description: `Made by privlink for ${identity.node}`,
        Tags: tagList(identity.tags),
      }),
    )
    return factsOf(given(Role, 'the role'))
  },

  async update({ aws, inputs, facts: { roleName: RoleName }, drift }) {
    const differs = (wanted: string) => drift.some(({ field }) => field === wanted)
    if (differs('trust')) {
      const PolicyDocument = JSON.stringify(trustFor(inputs.service))
      await aws.iam(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }))
    }
    if (!differs('policy')) return
    const PolicyDocument = JSON.stringify(policyOf(inputs.statements))
    await aws.iam(new PutRolePolicyCommand({ RoleName, PolicyName: policyName, PolicyDocument }))
  },

  /**
   * A role goes only without its policies (DeleteConflict). One that is left without is found, and goes, all the same.
   */
  async delete({ aws, known: { roleName: RoleName } }) {
    const inline = { RoleName, PolicyName: policyName }
    // A part that is gone is not deleted again, so that every try gets further than one that ended in between.
    const held = await unlessMissing(aws.iam(new GetRolePolicyCommand(inline)))
    if (held !== undefined) await unlessMissing(aws.iam(new DeleteRolePolicyCommand(inline)))
    await aws.iam(new DeleteRoleCommand({ RoleName }))
  },
})

const nameIn = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1)

const factsOf = ({ Arn, RoleName }: Role) => ({
  roleArn: given(Arn, 'the ARN of the role'),
  roleName: given(RoleName, 'the name of the role'),
})

const trustFor = (service: Inputs['service']): Policy => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
})

const nothing: Statement = { Effect: 'Deny', Action: '*', Resource: '*' }

const policyOf = (statements: readonly Statement[]): Policy => ({
  Version: '2012-10-17',
  Statement: statements.length === 0 ? [nothing] : [...statements],
})

const roleNamed = async (aws: Aws, RoleName: string): Promise<Role[]> => {
  const answer = await unlessMissing(aws.iam(new GetRoleCommand({ RoleName })))
  return answer?.Role ? [answer.Role] : []
}

/** Documents come percent-encoded (API_GetRole); one that cannot be read is like none. */
function readDocument(text: string | undefined): Policy | undefined {
  try {
    const document: unknown = JSON.parse(decodeURIComponent(text ?? ''))
    // A document with statements is a policy, whatever else it holds.
    return typeof document === 'object' && document !== null && 'Statement' in document
      ? (document as Policy)
      : undefined
  } catch {
    return undefined
  }
}

async function trustDrift(aws: Aws, found: Role, { service }: Partial<Inputs>): Promise<Drift[]> {
  if (service === undefined) return []
  return compare(aws, 'trust', readDocument(found.AssumeRolePolicyDocument), trustFor(service))
}

async function policyDrift(aws: Aws, RoleName: string, { statements }: Partial<Inputs>): Promise<Drift[]> {
  if (statements === undefined) return []
  const answer = await unlessMissing(aws.iam(new GetRolePolicyCommand({ RoleName, PolicyName: policyName })))
  return compare(aws, 'policy', readDocument(answer?.PolicyDocument), policyOf(statements))
}

const compare = ({ accountId, region }: Aws, field: string, was: Policy | undefined, want: Policy): Drift[] =>
  samePolicy(was, want, { apiId: '', accountId, region }) ? [] : [{ field, was: was ?? 'none', want, fix: 'update' }]
