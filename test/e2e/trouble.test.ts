import {
  CreateSecurityGroupCommand,
  CreateVpcEndpointCommand,
  DeleteSecurityGroupCommand,
  DeleteVpcEndpointsCommand,
  ModifyVpcEndpointServicePermissionsCommand,
} from '@aws-sdk/client-ec2'
import {
  CreateTargetGroupCommand,
  DeleteTargetGroupCommand,
  ModifyLoadBalancerAttributesCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { describe, expect, it } from 'vitest'
import { identityFor } from '../../src/aws/tags.ts'
import { only } from '../support/example.ts'
import { newWorkspace } from '../support/workspace.ts'

type Workspace = Awaited<ReturnType<typeof newWorkspace>>

const accounts = { gateway: '842340000000', application: '014770000000', stranger: '666660000000' }
const hub = 'vpc-0a1b2c3d4e5f60718'

const there = <T>(thing: T | undefined): T => {
  if (thing === undefined) throw new Error('it is not there')
  return thing
}

/** Runs a command and expects it to end like this, with each of the sentences on stderr. */
async function expectTrouble(ran: ReturnType<Workspace['privlink']>, exit: number, ...sentences: string[]) {
  const { stderr, ...rest } = await ran
  for (const sentence of sentences) expect(stderr).toContain(sentence)
  expect(rest.exit).toBe(exit)
  expect(stderr).not.toContain('    at ')
  return rest.stdout
}

describe('setup that meets trouble says so, keeps a true ledger, and goes on when it is run again', () => {
  it('a name that somebody else has', async () => {
    const workspace = await newWorkspace(only('warehouse'))
    const { ec2, elbv2 } = workspace.clients(accounts.gateway)
    const named = (node: string) => identityFor('acme-apis', node).name
    const group = { GroupName: named('warehouse/link-group'), Description: 'Of somebody else', VpcId: hub }
    const { GroupId } = await ec2.send(new CreateSecurityGroupCommand(group))
    const made = await elbv2.send(
      new CreateTargetGroupCommand({ Name: named('warehouse/targets'), Protocol: 'TCP', Port: 81, VpcId: hub }),
    )
    const TargetGroupArn = made.TargetGroups?.[0]?.TargetGroupArn
    const theirs = workspace.inventory()

    const hint = (node: string) => `or take it as it is with "adopt: { ${node}: <its id> }" in the config.`
    const said = [
      'warehouse/link-group (step 3, account gateway): Security group exists in account gateway already, and privlink did not make it',
      hint('warehouse/link-group'),
      'warehouse/targets (step 3, account gateway): Target group exists in account gateway already',
      hint('warehouse/targets'),
    ]
    await expectTrouble(workspace.privlink(['plan']), 1, ...said.slice(0, 2))
    await expectTrouble(
      workspace.privlink(['setup']),
      1,
      ...said,
      'skipped warehouse/link-balancer: needs warehouse/link-group',
    )
    await workspace.expectTrueLedger()
    expect(Object.keys(await workspace.ledger())).not.toContain('warehouse/targets')
    expect(workspace.inventory()).toEqual(expect.arrayContaining(theirs))

    await ec2.send(new DeleteSecurityGroupCommand({ GroupId }))
    await elbv2.send(new DeleteTargetGroupCommand({ TargetGroupArn }))
    await workspace.expectToGoOn()
  })

  it('an endpoint that the provider rejects', async () => {
    const workspace = await newWorkspace(only('orders'))
    const { endpoints } = workspace.sandbox.world.ec2
    const reject = (said: string) => {
      if (!/orders\/accepted .* – ready/.test(said)) return
      for (const one of Object.values(endpoints)) if (one.serviceName.includes('vpce-svc')) one.acceptance = 'rejected'
    }
    await expectTrouble(
      workspace.privlink(['setup'], { listen: reject }),
      1,
      'error: orders/live (step 3, account gateway): vpce-',
      ' is rejected\n  → Run setup again',
    )
    await workspace.expectTrueLedger()
    await workspace.expectToGoOn()
  })

  it('a VPC link that fails, and fails again', async () => {
    const workspace = await newWorkspace(only('warehouse'))
    const failure = 'NLB is already associated with another VPC Endpoint Service'
    const fail = (said: string) => {
      if (!/warehouse\/link .* – waiting/.test(said)) return
      for (const link of Object.values(workspace.sandbox.world.apigateway.vpcLinks)) link.failure = failure
    }
    await expectTrouble(
      workspace.privlink(['setup'], { listen: fail }),
      1,
      '-/+ warehouse/link (step 4, account gateway)',
      'error: warehouse/link (step 4, account gateway): VPC link ',
      `has failed: ${failure}\n  → Free the load balancer: it belongs to another link or service.`,
    )
    await workspace.expectTrueLedger()
    await workspace.expectToGoOn()
  })

  it('targets that are never healthy', async () => {
    const workspace = await newWorkspace(only('warehouse'))
    const host = { vpcId: 'outside', ip: '172.31.12.59', port: 80 }
    await admin(workspace, 'hosts/stop', { ip: host.ip, port: host.port })

    const proof = await expectTrouble(
      workspace.privlink(['setup']),
      3,
      'everything is there, but not every test call came out as it should',
      '→ privlink verify looks at every hop',
    )
    expect(proof).toMatch(/✖ Call from hub gets in \(.*\) – failed at .*\n +→ .*the targets/)
    expect(proof).toMatch(/setup found something that is not as it should be in .*: \d+ created, 1 of 3 checks ok/)
    await workspace.expectTrueLedger()
    const hops = await expectTrouble(workspace.privlink(['verify']), 3)
    expect(hops).toContain('172.31.12.59:80 is unhealthy: Target.FailedHealthChecks')
    expect(hops).toContain('→ Look whether something listens on this port of the target.')

    await admin(workspace, 'hosts', { ...host, name: 'warehouse' })
    await workspace.expectToGoOn()
  })

  it('an account that is throttled for longer than anybody waits', async () => {
    const workspace = await newWorkspace(only('warehouse'))
    workspace.sandbox.setFaults([{ operation: 'CreateVpcLink', kind: 'throttled', every: true }])
    const began = workspace.clock.now()
    await expectTrouble(
      workspace.privlink(['setup']),
      1,
      'warning: AWS throttles CreateVpcLink in account gateway; it goes on more slowly',
      'error: warehouse/link (step 4, account gateway): API Gateway CreateVpcLink in account gateway: Too Many Requests',
      '→ Run the same command again later: it goes on where it stopped.',
    )
    expect(workspace.clock.now() - began).toBeGreaterThan(600_000)
    await workspace.expectTrueLedger()
    expect(Object.keys(await workspace.ledger())).not.toContain('warehouse/link')

    workspace.sandbox.setFaults([])
    await workspace.expectToGoOn()
  })

  it('an account that is throttled for a while only takes longer', async () => {
    const workspace = await newWorkspace(only('orders'))
    const busy = ['CreateRestApi', 'CreateSecurityGroup', 'CreateLoadBalancer', 'CreateVpcEndpoint', 'PutRestApi']
    const faults = busy.flatMap((operation) => [1, 2, 3].map((nth) => ({ operation, kind: 'throttled', nth }) as const))
    workspace.sandbox.setFaults(faults)
    const { exit, stderr } = await workspace.privlink(['setup'])
    expect(exit, stderr).toBe(0)
    for (const operation of busy) expect(stderr.split(`AWS throttles ${operation} in account`)).not.toHaveLength(1)
    await workspace.expectTrueLedger()
    await workspace.expectToLeaveNothing()
  })

  it('answers that are lost after the thing was made', async () => {
    const workspace = await newWorkspace(only('orders'))
    const creates = [
      'CreateRestApi',
      'CreateVpcLink',
      'CreateSecurityGroup',
      'CreateLoadBalancer',
      'CreateTargetGroup',
      'CreateListener',
      'CreateVpcEndpoint',
      'CreateVpcEndpointServiceConfiguration',
      'CreateDeployment',
    ]
    workspace.sandbox.setFaults(creates.map((operation) => ({ operation, kind: 'lost-after', nth: 1 }) as const))
    const { exit, stderr } = await workspace.privlink(['setup'])
    expect(exit, stderr).toBe(0)
    expect(stderr).toContain('the answer was lost; looking whether it was made')
    const lost = workspace.sandbox.calls.flatMap(({ operation, error }) => (error === 'Lost' ? [operation] : []))
    expect(lost.toSorted()).toEqual(creates.toSorted())
    const { apigateway } = workspace.sandbox.world
    expect(Object.keys(apigateway.restApis)).toHaveLength(1)
    expect(Object.keys(apigateway.vpcLinks)).toHaveLength(1)
    await workspace.expectTrueLedger()
    await workspace.expectToLeaveNothing()
  })

  it('a permission that is missing in the middle', async () => {
    const workspace = await newWorkspace(only('warehouse'))
    workspace.sandbox.setFaults([
      { operation: 'CreateLoadBalancer', kind: 'denied', every: true },
      { operation: 'PutRestApi', kind: 'denied', every: true },
    ])
    const role = 'arn:aws:sts::842340000000:assumed-role/privlink/privlink'
    await expectTrouble(
      workspace.privlink(['setup']),
      4,
      `error: warehouse/link-balancer (step 3, account gateway): Elastic Load Balancing CreateLoadBalancer in account gateway as ${role} needs elasticloadbalancing:CreateLoadBalancer`,
      `→ Grant elasticloadbalancing:CreateLoadBalancer to ${role} in account gateway.`,
    )
    await workspace.expectTrueLedger()
    expect(Object.keys(await workspace.ledger())).not.toContain('warehouse/link-balancer')

    workspace.sandbox.setFaults([])
    await workspace.expectToGoOn()
  })

  it('a permission to look that is missing', async () => {
    const workspace = await newWorkspace(only('warehouse'))
    workspace.sandbox.setFaults([{ operation: 'DescribeVpcs', kind: 'denied', every: true }])
    const needs = ['needs ec2:DescribeVpcs', '→ Grant ec2:DescribeVpcs to arn:aws:sts::']
    for (const argv of [['setup'], ['plan'], ['verify']]) await expectTrouble(workspace.privlink(argv), 4, ...needs)
    expect(workspace.mutations()).toEqual([])
    workspace.sandbox.setFaults([])
    await workspace.expectToGoOn()
  })
})

describe('teardown that meets trouble says so, keeps in the ledger what stays, and goes on when it is run again', () => {
  const built = async (name: string) => {
    const workspace = await newWorkspace(only(name))
    const { exit, stderr } = await workspace.privlink(['setup'])
    expect(exit, stderr).toBe(0)
    return workspace
  }

  it("somebody else's endpoint is connected to our service", async () => {
    const workspace = await built('orders')
    const { endpointServices } = workspace.sandbox.world.ec2
    const { serviceId, serviceName } = there(
      Object.values(endpointServices).find(({ vpcLinkId }) => vpcLinkId === undefined),
    )
    const AddAllowedPrincipals = [`arn:aws:iam::${accounts.stranger}:root`]
    await workspace
      .clients(accounts.application)
      .ec2.send(new ModifyVpcEndpointServicePermissionsCommand({ ServiceId: serviceId, AddAllowedPrincipals }))
    await workspace.clock.sleep(60_000)
    const { ec2 } = workspace.clients(accounts.stranger)
    const { VpcEndpoint } = await ec2.send(
      new CreateVpcEndpointCommand({
        VpcEndpointType: 'Interface',
        ServiceName: serviceName,
        VpcId: 'vpc-0e1f2031425364758',
        SubnetIds: ['subnet-0ee55555555555555'],
      }),
    )
    await expectTrouble(
      workspace.privlink(['teardown', '--yes']),
      1,
      `error: orders/service (step 1, account application): could not be removed: EC2 DeleteVpcEndpointServiceConfigurations in account application: ${serviceId}`,
      'has existing active VPC Endpoint connections',
      '→ Something that privlink did not make may be using it. Release it and run teardown again.',
    )
    await workspace.expectTrueLedger()
    expect(Object.keys(await workspace.ledger())).toEqual(['orders/service'])

    await ec2.send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: [there(VpcEndpoint?.VpcEndpointId)] }))
    await workspace.clock.sleep(600_000)
    await workspace.expectToLeaveNothing()
  })

  it("our security group is on somebody else's interface", async () => {
    const workspace = await built('warehouse')
    const { securityGroups, networkInterfaces } = workspace.sandbox.world.ec2
    const { groupId } = there(
      Object.values(securityGroups).find(({ tags }) => tags['privlink:node']?.endsWith('link-group')),
    )
    const theirs = there(Object.values(networkInterfaces).find(({ vpcId }) => vpcId === hub))
    networkInterfaces['eni-0aaaaaaaaaaaaaaaa'] = {
      ...theirs,
      networkInterfaceId: 'eni-0aaaaaaaaaaaaaaaa',
      privateIp: '10.0.0.200',
      groupIds: [groupId],
      servesId: 'i-0aaaaaaaaaaaaaaaa',
      tags: {},
    }
    await expectTrouble(
      workspace.privlink(['teardown', '--yes']),
      1,
      `error: warehouse/link-group (step 3, account gateway): could not be removed: EC2 DeleteSecurityGroup in account gateway: resource ${groupId} has a dependent object`,
      '→ Something that privlink did not make may be using it.',
    )
    await workspace.expectTrueLedger()
    expect(Object.keys(await workspace.ledger())).toEqual(['warehouse/link-group'])

    delete networkInterfaces['eni-0aaaaaaaaaaaaaaaa']
    await workspace.expectToLeaveNothing()
  })

  it('our load balancer is protected from deletion', async () => {
    const workspace = await built('warehouse')
    const { loadBalancers } = workspace.sandbox.world.elbv2
    const { arn: LoadBalancerArn } = there(
      Object.values(loadBalancers).find(({ name }) => name.startsWith('acme-apis')),
    )
    const protect = (Value: 'true' | 'false') =>
      workspace.clients(accounts.gateway).elbv2.send(
        new ModifyLoadBalancerAttributesCommand({
          LoadBalancerArn,
          Attributes: [{ Key: 'deletion_protection.enabled', Value }],
        }),
      )
    await protect('true')
    await expectTrouble(
      workspace.privlink(['teardown', '--yes']),
      1,
      'error: warehouse/link-balancer (step 3, account gateway): Elastic Load Balancing DeleteLoadBalancer in account gateway: Load balancer',
      'cannot be deleted because deletion protection is enabled',
      '→ Turn its deletion protection off if it may go',
      'skipped warehouse/link-group: still used by warehouse/link-balancer',
    )
    await workspace.expectTrueLedger()
    await protect('false')
    await workspace.expectToLeaveNothing()
  })

  it('a permission is missing, and an answer is lost', async () => {
    const workspace = await built('warehouse')
    workspace.sandbox.setFaults([
      { operation: 'DeleteVpcLink', kind: 'denied', every: true },
      { operation: 'DeleteVpcEndpoints', kind: 'lost-after' },
    ])
    await expectTrouble(
      workspace.privlink(['teardown', '--yes']),
      4,
      'error: warehouse/link (step 4, account gateway): API Gateway DeleteVpcLink in account gateway as',
      '→ Grant apigateway:DELETE to',
    )
    await workspace.expectTrueLedger()
    workspace.sandbox.setFaults([])
    await workspace.expectToLeaveNothing()
  })

  it('a role cannot be assumed any more: nothing goes before every account can be entered', async () => {
    const workspace = await built('orders')
    const { roles } = workspace.sandbox.world.iam
    const arn = `arn:aws:iam::${accounts.application}:role/privlink`
    const role = there(roles[arn])
    delete roles[arn]
    const before = workspace.inventory()
    await workspace.clock.sleep(3_600_000)
    await expectTrouble(
      workspace.privlink(['teardown', '--yes']),
      4,
      `account application: arn:aws:iam::000000000000:root may not assume ${arn}`,
    )
    expect([...workspace.inventory(), `role ${arn}`].toSorted()).toEqual([...before, `role ${arn}`].toSorted())
    roles[arn] = role
    await workspace.expectToLeaveNothing()
  })
})

/** Asks the sandbox itself for something. */
async function admin({ sandbox }: Workspace, path: string, body: object): Promise<void> {
  const answer = await fetch(`${sandbox.url}/_privlink/${path}`, { method: 'POST', body: JSON.stringify(body) })
  expect(answer.status).toBe(200)
}
