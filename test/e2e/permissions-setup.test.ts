import { beforeAll, describe, expect, it } from 'vitest'
import { grantedStand, type Grant, grantsFor, printedFor } from '../support/granted.ts'

/** Needed only to bring back what somebody has changed: the step and the field of the change. */
const drifts: Readonly<Record<string, readonly [step: string, field: string]>> = {
  'apigateway:DELETE': ['stage', 'deployment'],
  'OwnEndpoints ec2:ModifyVpcEndpoint': ['interface-endpoint', 'privateDns'],
  'MoveEndpoints ec2:ModifyVpcEndpoint': ['interface-endpoint', 'securityGroupIds'],
  'ec2:ModifyVpcEndpointServiceConfiguration': ['endpoint-service', 'acceptanceRequired'],
  'ec2:RevokeSecurityGroupIngress': ['security-group', 'ingress'],
  'elasticloadbalancing:DeregisterTargets': ['target-group', 'targets'],
  'elasticloadbalancing:ModifyListener': ['listener', 'port'],
  'elasticloadbalancing:SetSubnets': ['load-balancer', 'subnetIds'],
}

const driftFor = ({ sid, action }: Grant) => drifts[`${sid} ${action}`] ?? drifts[action]

/** What is only for a test call that cannot be made from inside is no reason to fail: verify's tests show it. */
const isForTestCalls = ({ sid }: Grant): boolean => sid === 'TestCallsByControlPlane'

describe('setup', () => {
  let standing: Awaited<ReturnType<typeof grantedStand>>
  let inTheBeginning: Awaited<ReturnType<typeof standing.moment>>
  let whenAllIsThere: typeof inTheBeginning
  const printed = printedFor()
  beforeAll(async () => {
    standing = await grantedStand()
    inTheBeginning = await standing.moment()
    const { exit, stderr } = await standing.privlink(['setup'])
    expect(exit, stderr).toBe(0)
    whenAllIsThere = await standing.moment()
  })

  const fails = async (grant: Grant) => {
    standing.grant(printed, ['setup'], grant)
    const { exit, stderr } = await standing.privlink(['setup'])
    expect(stderr).toMatch(new RegExp(`(needs|perform:) ${grant.action}\\b`))
    expect(exit).toBe(4)
  }

  const grants = grantsFor('setup').filter((grant) => !isForTestCalls(grant))

  it.each(grants.filter((grant) => driftFor(grant) === undefined))(
    'fails for want of $action ($sid) in $account, and names it',
    async (grant) => {
      await inTheBeginning()
      await fails(grant)
    },
  )

  it.each(grants.filter((grant) => driftFor(grant) !== undefined))(
    'fails to bring a change back for want of $action ($sid) in $account, and names it',
    async (grant) => {
      const [step = '', field = ''] = driftFor(grant) ?? []
      await whenAllIsThere()
      standing.grant(printed, ['setup'])
      await standing.meddle(grant.account, step, field)
      await fails(grant)
      standing.grant(printed, ['setup'])
      const { exit, stderr } = await standing.privlink(['setup'])
      expect(exit, stderr).toBe(0)
    },
  )

  it('fails with no more than what verify needs, and changes nothing', async () => {
    await inTheBeginning()
    const made = standing.mutations().length
    standing.grant(printed, ['verify'])
    const { exit, stderr } = await standing.privlink(['setup'])
    expect(stderr).toMatch(/needs ec2:CreateSecurityGroup\b/)
    expect(exit).toBe(4)
    expect(standing.mutations().length).toBeGreaterThan(made)
    expect(standing.inventory()).toEqual(standing.before)
  })
})
