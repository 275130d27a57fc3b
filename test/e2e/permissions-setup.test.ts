import { beforeAll, describe, expect, it } from 'vitest'
import { grantedStand, type Grant, isForTestCalls, partsFor } from '../support/granted.ts'

/** Needed only to bring back what somebody has changed: the step and the field of the change, or what was done. */
const drifts: Readonly<Record<string, readonly [step: string, field: string]>> = {
  'Prune apigateway:DELETE': ['stage', 'deployment'],
  'OwnEndpoints ec2:ModifyVpcEndpoint': ['interface-endpoint', 'privateDns'],
  'MoveEndpoints ec2:ModifyVpcEndpoint': ['interface-endpoint', 'securityGroupIds'],
  'OwnServices ec2:ModifyVpcEndpointServiceConfiguration': ['endpoint-service', 'acceptanceRequired'],
  'OwnGroups ec2:RevokeSecurityGroupIngress': ['security-group', 'ingress'],
  'OwnTargetGroups elasticloadbalancing:ModifyTargetGroup': ['target-group', 'healthCheck'],
  'OwnTargetGroups elasticloadbalancing:DeregisterTargets': ['target-group', 'targets'],
  'OwnListeners elasticloadbalancing:ModifyListener': ['listener', 'port'],
  'OwnBalancers elasticloadbalancing:SetSubnets': ['load-balancer', 'subnetIds'],
  'OwnSecrets secretsmanager:PutSecretValue': ['secret', 'fingerprint'],
  'OwnSecrets secretsmanager:TagResource': ['secret', 'fingerprint'],
  'OwnSecrets secretsmanager:RestoreSecret': ['secret', 'deletion'],
  'OwnTrustStores elasticloadbalancing:ModifyTrustStore': ['trust-store', 'bundle'],
  'OwnTrustStores elasticloadbalancing:RemoveTrustStoreRevocations': ['trust-store', 'adds a list of somebody else'],
  'OwnRules elasticloadbalancing:ModifyRule': ['rewrite-rule', 'transforms'],
  'OwnTasks ecs:UpdateService': ['ecs-service', 'desiredCount'],
  'OwnZones route53:ChangeTagsForResource': ['hosted-zone', 'tags'],
  'UseTables ec2:ModifyVpcEndpoint': ['gateway-endpoint', 'routeTableIds'],
  'OwnRoles iam:UpdateAssumeRolePolicy': ['role', 'trust'],
  'OwnFunctions lambda:UpdateFunctionCode': ['lambda-function', 'code'],
  'OwnFunctions lambda:UpdateFunctionConfiguration': ['lambda-function', 'timeout'],
}

const driftFor = ({ sid, action }: Grant) => drifts[`${sid} ${action}`]

describe.each(partsFor('setup'))('setup of $part', ({ change, printed, grants: all, links }) => {
  let workspace: Awaited<ReturnType<typeof grantedStand>>
  let inTheBeginning: Awaited<ReturnType<typeof workspace.moment>>
  let whenAllIsThere: typeof inTheBeginning
  beforeAll(async () => {
    workspace = await grantedStand(change)
    inTheBeginning = await workspace.moment()
    workspace.grant(printed, ['setup'])
    const { exit, stderr } = await workspace.privlink(['setup'])
    expect(exit, stderr).toBe(0)
    whenAllIsThere = await workspace.moment()
  })

  const fails = async (grant: Grant) => {
    workspace.grant(printed, ['setup'], grant)
    const { exit, stderr } = await workspace.privlink(['setup'])
    expect(stderr).toMatch(new RegExp(`(needs|perform:) ${grant.action}\\b`))
    expect(exit).toBe(4)
  }

  const grants = all.filter((grant) => !isForTestCalls(grant))
  const toMake = grants.filter((grant) => driftFor(grant) === undefined)
  const toMend = grants.filter((grant) => driftFor(grant) !== undefined)

  // First, while what runs is what was there.
  it.each(toMend)('fails to bring a change back for want of $action ($sid) in $account', async (grant) => {
    const [step = '', field = ''] = driftFor(grant) ?? []
    await whenAllIsThere()
    await workspace.meddle(grant.account, step, field)
    await fails(grant)
  })

  it.runIf(toMend.length > 0)('brings back all that somebody has changed with no more than is printed', async () => {
    await whenAllIsThere()
    for (const grant of toMend) await workspace.meddle(grant.account, ...(driftFor(grant) ?? ['', '']))
    workspace.grant(printed, ['setup'])
    const { exit, stderr } = await workspace.privlink(['setup'])
    expect(exit, stderr).toBe(0)
  })

  it.each(toMake)('fails for want of $action ($sid) in $account, and names it', async (grant) => {
    await inTheBeginning()
    await fails(grant)
  })

  it.runIf(links)('goes on once what was lacking is granted, a VPC link that failed for it included', async () => {
    await inTheBeginning()
    const linking = {
      account: 'gateway',
      sid: 'LetLinksMakeServices',
      action: 'ec2:CreateVpcEndpointServiceConfiguration',
    }
    workspace.grant(printed, ['setup'], linking)
    expect((await workspace.privlink(['setup'])).exit).toBe(4)
    // A link that has failed stays so: to replace it is to delete it.
    workspace.grant(printed, ['setup', 'teardown'])
    const { exit, stderr } = await workspace.privlink(['setup'])
    expect(exit, stderr).toBe(0)
  })

  it.runIf(links)('fails with no more than what verify needs, and changes nothing', async () => {
    await inTheBeginning()
    const before = workspace.inventory()
    workspace.grant(printed, ['verify'])
    const { exit, stderr } = await workspace.privlink(['setup'])
    expect(stderr).toMatch(/needs ec2:CreateSecurityGroup\b/)
    expect(exit).toBe(4)
    expect(workspace.inventory()).toEqual(before)
  })
})
