import { describe, expect, it } from 'vitest'
import { targetGroup } from '../../src/steps/target-group.ts'
import { targetHealth } from '../../src/steps/target-health.ts'
import { identity, scriptedAccount, probeOf, sight } from './scripted-account.ts'

const arn = 'arn:aws:elasticloadbalancing:us-east-1:842340000000:targetgroup/acme/0123456789abcdef'
const inputs = {
  vpcId: 'vpc-0a',
  cidrBlocks: ['10.0.0.0/16'],
  port: 80,
  targets: [
    { address: '10.0.0.7', port: 80 },
    { address: '172.31.12.59', port: 80 },
  ],
}
const target = (Id: string, State = 'healthy', Reason?: string) => ({
  Target: { Id, Port: 80 },
  TargetHealth: { State, Reason },
})
const doorWith = (...registered: object[]) =>
  scriptedAccount({ DescribeTargetHealth: { TargetHealthDescriptions: registered } })
const checkWith = async (...registered: object[]) => {
  const { aws } = doorWith(...registered)
  const seen = await targetHealth.read(sight(aws, { targetGroupArn: arn }))
  if (seen.state !== 'ready') throw new Error(`it is ${seen.state}`)
  return targetHealth.check?.({ aws, inputs: { targetGroupArn: arn }, facts: seen.facts, probe: probeOf() })
}

describe('a target group', () => {
  it('registers what is missing before it takes away what is not wanted, and says all for what is outside', async () => {
    const account = doorWith(target('10.0.0.9'), target('10.0.0.7'), target('10.0.0.8', 'draining'))
    const drift = [{ field: 'targets', was: [], want: [], fix: 'update' as const }]
    await targetGroup.update?.({ aws: account.aws, inputs, facts: { targetGroupArn: arn }, drift, identity })
    expect(account.asked.slice(1)).toEqual([
      {
        operation: 'RegisterTargets',
        input: { TargetGroupArn: arn, Targets: [{ Id: '172.31.12.59', Port: 80, AvailabilityZone: 'all' }] },
      },
      { operation: 'DeregisterTargets', input: { TargetGroupArn: arn, Targets: [{ Id: '10.0.0.9', Port: 80 }] } },
    ])
  })

  it('does not miss a target in another order', async () => {
    const account = scriptedAccount(
      {
        DescribeTargetHealth: { TargetHealthDescriptions: [target('172.31.12.59'), target('10.0.0.7')] },
        DescribeTargetGroupAttributes: {
          Attributes: [
            { Key: 'preserve_client_ip.enabled', Value: 'false' },
            { Key: 'deregistration_delay.timeout_seconds', Value: '30' },
          ],
        },
      },
      {
        targetGroups: () =>
          Promise.resolve([
            {
              TargetGroupArn: arn,
              VpcId: 'vpc-0a',
              Port: 80,
              Protocol: 'TCP',
              HealthCheckProtocol: 'TCP',
              TargetType: 'ip',
              tags: { ...identity.tags },
            },
          ]),
      },
    )
    expect(await targetGroup.read(sight(account.aws, inputs))).toMatchObject({
      state: 'ready',
      owner: 'ours',
      drift: [],
    })
  })
})

describe('the health of targets', () => {
  const find = (...registered: object[]) =>
    targetHealth.read(sight(doorWith(...registered).aws, { targetGroupArn: arn }))

  it('is waited for while it is undecided, with the reason', async () => {
    expect(await find(target('10.0.0.7', 'initial', 'Elb.RegistrationInProgress'))).toMatchObject({
      state: 'pending',
      why: '10.0.0.7:80 is initial: Elb.RegistrationInProgress',
    })
  })

  it('is decided as soon as one is healthy, or all are not', async () => {
    expect(await find(target('10.0.0.7'), target('10.0.0.8', 'initial'))).toMatchObject({ state: 'ready' })
    expect(await find(target('10.0.0.7', 'unhealthy', 'Target.Timeout'))).toMatchObject({ state: 'ready' })
  })

  it("is told with AWS's reason, and that a load balancer without a healthy target fails open", async () => {
    expect(await checkWith(target('10.0.0.7', 'unhealthy', 'Target.Timeout'))).toMatchObject([
      {
        verdict: 'failed',
        evidence: expect.stringMatching(/10\.0\.0\.7:80 is unhealthy: Target\.Timeout.*fails open/),
      },
    ])
    expect(await checkWith(target('10.0.0.7'), target('10.0.0.8', 'initial'))).toMatchObject([
      { verdict: 'ok' },
      { verdict: 'unproved' },
    ])
  })
})
