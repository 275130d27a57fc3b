import {
  CreateDeploymentCommand,
  CreateRestApiCommand,
  CreateVpcLinkCommand,
  DeleteRestApiCommand,
  DeleteVpcLinkCommand,
  PutRestApiCommand,
  TagResourceCommand,
} from '@aws-sdk/client-api-gateway'
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  CreateTagsCommand,
  CreateVpcEndpointCommand,
  CreateVpcEndpointServiceConfigurationCommand,
  DeleteSecurityGroupCommand,
  DeleteVpcEndpointsCommand,
  DeleteVpcEndpointServiceConfigurationsCommand,
  ModifyVpcEndpointCommand,
  ModifyVpcEndpointServicePermissionsCommand,
} from '@aws-sdk/client-ec2'
import {
  AddTagsCommand,
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  DeleteListenerCommand,
  DeleteLoadBalancerCommand,
  DeleteTargetGroupCommand,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { AssumeRoleCommand } from '@aws-sdk/client-sts'
import { beforeAll, describe, expect, it } from 'vitest'
import { exampleConfig, type RawConfig } from '../support/example.ts'
import { furtherParts, grantedStand, printedFor } from '../support/granted.ts'
import type { Clients } from '../support/sandbox.ts'

const shareBalancers = ({ integrations }: RawConfig): void => {
  for (const settings of Object.values(integrations)) Object.assign(settings, { loadBalancer: 'shared' })
}

describe('roles that hold exactly what is printed', () => {
  it.each([
    { way: 'both flows on a load balancer each', change: () => undefined },
    { way: 'both flows on a shared load balancer', change: shareBalancers },
    ...furtherParts.map(({ part, change }) => ({ way: part, change })),
  ])('set up, verify and tear down $way, each with its own policies', async ({ change }) => {
    const workspace = await grantedStand(change)
    const printed = printedFor(exampleConfig(change))
    const run = async (...argv: string[]) => {
      const { exit, stderr } = await workspace.privlink(argv)
      expect(exit, stderr).toBe(0)
    }
    workspace.grant(printed, ['setup'])
    await run('setup')
    const changes = () => workspace.mutations().filter((name) => !/Invoke/.test(name))
    const made = changes()
    await run('setup', '--vantage', 'control-plane')
    workspace.grant(printed, ['verify'])
    await run('plan')
    await run('verify')
    await run('verify', '--vantage', 'control-plane')
    expect(changes()).toEqual(made)
    workspace.grant(printed, ['teardown'])
    await run('teardown', '--yes')
    expect(workspace.inventory()).toEqual(workspace.before)
  })
})

describe('with every permission that is printed, a role cannot', () => {
  const account = '842340000000'
  const vpcId = 'vpc-0a1b2c3d4e5f60718'
  const subnetId = 'subnet-0aa11111111111111'
  const ours = { 'privlink:deployment': 'acme-apis' }
  const ourTag = Object.entries(ours).map(([Key, Value]) => ({ Key, Value }))

  let workspace: Awaited<ReturnType<typeof grantedStand>>
  let theirs: Awaited<ReturnType<typeof strangersThings>>
  let role: Clients
  beforeAll(async () => {
    workspace = await grantedStand()
    theirs = await strangersThings(workspace.clients(account))
    workspace.grant(printedFor(), ['setup', 'verify', 'teardown'])
    const { sts } = workspace.clients('000000000000')
    const RoleArn = `arn:aws:iam::${account}:role/privlink`
    const { Credentials: keys } = await sts.send(
      new AssumeRoleCommand({ RoleArn, RoleSessionName: 'test', ExternalId: 'acme' }),
    )
    role = workspace.clients({
      accessKeyId: keys?.AccessKeyId ?? '',
      secretAccessKey: keys?.SecretAccessKey ?? '',
      sessionToken: keys?.SessionToken ?? '',
    })
  })

  /** One of everything, made by somebody else in the same account. */
  async function strangersThings({ ec2, elbv2, apigateway }: Clients) {
    const group = { GroupName: 'theirs', Description: 'theirs', VpcId: vpcId }
    const { GroupId = '' } = await ec2.send(new CreateSecurityGroupCommand(group))
    const ServiceName = 'com.amazonaws.us-east-1.execute-api'
    const { VpcEndpoint } = await ec2.send(
      new CreateVpcEndpointCommand({
        VpcEndpointType: 'Interface',
        VpcId: vpcId,
        ServiceName,
        PrivateDnsEnabled: false,
      }),
    )
    // Named as ours are: a name alone opens nothing.
    const balancer = { Type: 'network', Scheme: 'internal' } as const
    const makeBalancer = async (Name: string) => {
      const made = await elbv2.send(new CreateLoadBalancerCommand({ ...balancer, Subnets: [subnetId], Name }))
      return made.LoadBalancers?.[0]?.LoadBalancerArn ?? ''
    }
    const [LoadBalancerArn, otherArn] = [await makeBalancer('acme-apis-theirs'), await makeBalancer('theirs')]
    const madeGroup = await elbv2.send(
      new CreateTargetGroupCommand({
        Name: 'acme-apis-group',
        Protocol: 'TCP',
        Port: 80,
        VpcId: vpcId,
        TargetType: 'ip',
      }),
    )
    const TargetGroupArn = madeGroup.TargetGroups?.[0]?.TargetGroupArn ?? ''
    const madeListener = await elbv2.send(
      new CreateListenerCommand({
        LoadBalancerArn,
        Protocol: 'TCP',
        Port: 80,
        DefaultActions: [{ Type: 'forward', TargetGroupArn }],
      }),
    )
    const ListenerArn = madeListener.Listeners?.[0]?.ListenerArn ?? ''
    await workspace.clock.sleep(300_000)
    const service = await ec2.send(
      new CreateVpcEndpointServiceConfigurationCommand({ NetworkLoadBalancerArns: [otherArn] }),
    )
    const { id: restApiId = '' } = await apigateway.send(new CreateRestApiCommand({ name: 'theirs' }))
    const { id: vpcLinkId = '' } = await apigateway.send(
      new CreateVpcLinkCommand({ name: 'theirs', targetArns: [LoadBalancerArn] }),
    )
    const ServiceId = service.ServiceConfiguration?.ServiceId ?? ''
    const VpcEndpointId = VpcEndpoint?.VpcEndpointId ?? ''
    return { GroupId, VpcEndpointId, ServiceId, LoadBalancerArn, TargetGroupArn, ListenerArn, restApiId, vpcLinkId }
  }

  const attempts: Record<string, () => Promise<unknown>> = {
    "delete somebody else's group": () => role.ec2.send(new DeleteSecurityGroupCommand({ GroupId: theirs.GroupId })),
    "open somebody else's group": () =>
      role.ec2.send(
        new AuthorizeSecurityGroupIngressCommand({
          GroupId: theirs.GroupId,
          IpPermissions: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
        }),
      ),
    "call somebody else's group ours": () =>
      role.ec2.send(new CreateTagsCommand({ Resources: [theirs.GroupId], Tags: ourTag })),
    'make a group that is not marked': () =>
      role.ec2.send(new CreateSecurityGroupCommand({ GroupName: 'a', Description: 'a', VpcId: vpcId })),
    "delete somebody else's endpoint": () =>
      role.ec2.send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: [theirs.VpcEndpointId] })),
    "change somebody else's endpoint": () =>
      role.ec2.send(new ModifyVpcEndpointCommand({ VpcEndpointId: theirs.VpcEndpointId, PrivateDnsEnabled: true })),
    "delete somebody else's endpoint service": () =>
      role.ec2.send(new DeleteVpcEndpointServiceConfigurationsCommand({ ServiceIds: [theirs.ServiceId] })),
    "open somebody else's endpoint service": () =>
      role.ec2.send(
        new ModifyVpcEndpointServicePermissionsCommand({ ServiceId: theirs.ServiceId, AddAllowedPrincipals: ['*'] }),
      ),
    "delete somebody else's load balancer": () =>
      role.elbv2.send(new DeleteLoadBalancerCommand({ LoadBalancerArn: theirs.LoadBalancerArn })),
    "call somebody else's load balancer ours": () =>
      role.elbv2.send(new AddTagsCommand({ ResourceArns: [theirs.LoadBalancerArn], Tags: ourTag })),
    'make a load balancer of another name': () =>
      role.elbv2.send(new CreateLoadBalancerCommand({ Name: 'a', Type: 'network', Subnets: [subnetId], Tags: ourTag })),
    "add a listener to somebody else's load balancer": () =>
      role.elbv2.send(
        new CreateListenerCommand({
          LoadBalancerArn: theirs.LoadBalancerArn,
          Protocol: 'TCP',
          Port: 81,
          DefaultActions: [{ Type: 'forward', TargetGroupArn: theirs.TargetGroupArn }],
          Tags: ourTag,
        }),
      ),
    "delete somebody else's listener": () =>
      role.elbv2.send(new DeleteListenerCommand({ ListenerArn: theirs.ListenerArn })),
    "delete somebody else's target group": () =>
      role.elbv2.send(new DeleteTargetGroupCommand({ TargetGroupArn: theirs.TargetGroupArn })),
    "register a target with somebody else's target group": () =>
      role.elbv2.send(
        new RegisterTargetsCommand({ TargetGroupArn: theirs.TargetGroupArn, Targets: [{ Id: '10.0.0.9' }] }),
      ),
    "delete somebody else's API": () => role.apigateway.send(new DeleteRestApiCommand({ restApiId: theirs.restApiId })),
    "overwrite somebody else's API": () =>
      role.apigateway.send(
        new PutRestApiCommand({ restApiId: theirs.restApiId, mode: 'overwrite', body: new TextEncoder().encode('{}') }),
      ),
    "deploy somebody else's API": () =>
      role.apigateway.send(new CreateDeploymentCommand({ restApiId: theirs.restApiId, stageName: 'a' })),
    "call somebody else's API ours": () =>
      role.apigateway.send(
        new TagResourceCommand({
          resourceArn: `arn:aws:apigateway:us-east-1::/restapis/${theirs.restApiId}`,
          tags: ours,
        }),
      ),
    "delete somebody else's VPC link": () =>
      role.apigateway.send(new DeleteVpcLinkCommand({ vpcLinkId: theirs.vpcLinkId })),
  }

  it.each(Object.keys(attempts))('%s', async (attempt) => {
    const before = workspace.inventory()
    await expect(attempts[attempt]?.()).rejects.toMatchObject({
      message: expect.stringContaining('because no identity-based policy allows the '),
    })
    expect(workspace.inventory()).toEqual(before)
  })
})
