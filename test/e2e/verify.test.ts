import {
  CreateDeploymentCommand,
  GetRestApiCommand,
  UpdateRestApiCommand,
  UpdateStageCommand,
} from '@aws-sdk/client-api-gateway'
import { RejectVpcEndpointConnectionsCommand, RevokeSecurityGroupIngressCommand } from '@aws-sdk/client-ec2'
import { DeleteListenerCommand, DeregisterTargetsCommand } from '@aws-sdk/client-elastic-load-balancing-v2'
import { beforeAll, describe, expect, it } from 'vitest'
import { ask } from '../../src/aws/http.ts'
import { newWorkspace } from '../support/workspace.ts'

type Workspace = Awaited<ReturnType<typeof newWorkspace>>

const gateway = '842340000000'
const shop = 'consumer/vpc-0c1d2e3f405162738'

let workspace: Workspace
beforeAll(async () => {
  workspace = await newWorkspace()
  const { exit, stderr } = await workspace.privlink(['setup'])
  expect(exit, stderr).toBe(0)
})

/** A fact that the ledger holds of a node. */
async function fact(node: string, name: string): Promise<string> {
  const value = (await workspace.ledger())[node]?.facts?.[name]
  if (typeof value !== 'string') throw new Error(`${node} has no ${name}`)
  return value
}

/** A request to the API orders through an interface endpoint, as anybody can make it with curl. */
async function callThrough(endpointId: string) {
  const apiId = await fact('orders/api', 'apiId')
  const headers = {
    host: `${apiId}.execute-api.us-east-1.amazonaws.com`,
    'x-privlink-sandbox-from': endpointId,
  }
  return workspace.clock.during(() => ask({ url: new URL('/test/hello', workspace.sandbox.url), headers }))
}

const foreignEndpoint = (): string => {
  const { endpoints } = workspace.sandbox.world.ec2
  const found = Object.values(endpoints).find(({ vpcId }) => vpcId === 'vpc-0e1f2031425364758')
  return found?.endpointId ?? ''
}

const admin = async (path: string, body: object) => {
  const url = `${workspace.sandbox.url}/_privlink/${path}`
  expect((await fetch(url, { method: 'POST', body: JSON.stringify(body) })).status).toBe(200)
}

describe('what setup has brought about', () => {
  it('is found as it should be, and verify changes nothing', async () => {
    const made = workspace.mutations()
    const { exit, stdout, stderr } = await workspace.privlink(['verify'])
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' })
    expect(stdout).toMatch(/✔ Call from shop gets in .* – GET https:\/\/\S+ got status 200 /)
    expect(stdout).toMatch(/✔ Call from elsewhere is refused .* – GET https:\/\/\S+ got status 403 /)
    expect(stdout).toMatch(/verify done in .*: (\d+) of \1 checks ok\n$/)
    expect(workspace.mutations()).toEqual(made)
  })

  it('lets callers through an allowed endpoint, and answers others as AWS does', async () => {
    const allowed = await callThrough(await fact(`${shop}/execute-api`, 'endpointId'))
    expect(allowed.status).toBe(200)
    expect(JSON.parse(allowed.body)).toMatchObject({ name: 'orders', path: '/hello' })

    const apiId = await fact('orders/api', 'apiId')
    const resource = `arn:aws:execute-api:us-east-1:********0000:${apiId}/test/GET/hello`
    const refused = await callThrough(foreignEndpoint())
    expect(refused).toMatchObject({ status: 403, headers: { 'x-amzn-errortype': 'AccessDeniedException' } })
    expect(JSON.parse(refused.body)).toEqual({
      Message: `User: anonymous is not authorized to perform: execute-api:Invoke on resource: ${resource} with an explicit deny`,
    })
  })

  it('cannot all be proved from the control plane: a warning, or an error where proof is asked for', async () => {
    const from = ['verify', '--vantage', 'control-plane']
    const unproved = await workspace.privlink(from)
    expect(unproved).toMatchObject({
      exit: 0,
      stderr: 'warning: 5 checks could not be proved from here\n  → verify --require-proof makes that an error.\n',
    })
    expect(unproved.stdout).toMatch(/✔ Link and backend .* – GET https:\/\/\S+ got status 200 /)
    expect(unproved.stdout).toMatch(/\? Call from shop gets in .* – unproved: called through the control plane/)
    expect(unproved.stdout).toMatch(
      /\? Call from elsewhere is refused .* – unproved: .*\n +→ Run verify from a machine/,
    )
    expect((await workspace.privlink([...from, '--require-proof'])).exit).toBe(3)
    expect((await workspace.privlink(['verify', '--require-proof'])).exit).toBe(0)
  })
})

describe('verify names the hop that was cut, and setup mends it', () => {
  const cuts: { cut: string; by: () => unknown; said: (string | RegExp)[]; undo?: () => unknown }[] = [
    {
      cut: 'the backend has stopped',
      by: () => admin('hosts/stop', { ip: '172.31.12.59', port: 80 }),
      said: [
        /✖ Targets answer \(warehouse\/health, .* 172.31.12.59:80 is unhealthy: Target.FailedHealthChecks/,
        '→ Look whether something listens on this port of the target.',
        /✖ Call from shop gets in \(warehouse\/call-from-shop, .* got status 500 /,
        /✔ Call from shop gets in \(orders\/call-from-shop/,
      ],
      undo: () => admin('hosts', { vpcId: 'outside', ip: '172.31.12.59', port: 80, name: 'warehouse' }),
    },
    {
      cut: 'the policy has been edited but not deployed',
      by: async () => {
        const { apigateway } = workspace.clients(gateway)
        const restApiId = await fact('orders/api', 'apiId')
        const open = {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*' }],
        }
        const patchOperations = [{ op: 'replace', path: '/policy', value: JSON.stringify(open) } as const]
        await apigateway.send(new UpdateRestApiCommand({ restApiId, patchOperations }))
      },
      said: [
        /✖ Resource policy, .* – failed at orders\/definition: policy is .*\n +→ Run setup: it brings this back/,
        // What is deployed still keeps strangers out.
        /✔ Call from elsewhere is refused \(orders/,
      ],
    },
    {
      cut: 'the policy has been edited and deployed',
      by: async () => {
        const { apigateway } = workspace.clients(gateway)
        const restApiId = await fact('orders/api', 'apiId')
        const shut = {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Deny', Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*' }],
        }
        const patchOperations = [{ op: 'replace', path: '/policy', value: JSON.stringify(shut) } as const]
        await apigateway.send(new UpdateRestApiCommand({ restApiId, patchOperations }))
        await apigateway.send(new CreateDeploymentCommand({ restApiId, stageName: 'test', description: 'by hand' }))
      },
      said: [
        /✖ Deployment on the stage .* – failed at orders\/stage: .*\n +→ Run setup/,
        /✖ Call from shop gets in .* – failed at resource policy: GET \S+ got status 403 .*explicit deny.*\n +→ .*run setup/,
      ],
    },
    {
      cut: 'the stage has been moved',
      by: async () => {
        const { apigateway } = workspace.clients(gateway)
        const restApiId = await fact('warehouse/api', 'apiId')
        const { id } = await apigateway.send(new CreateDeploymentCommand({ restApiId, description: 'by hand' }))
        const patchOperations = [{ op: 'replace', path: '/deploymentId', value: id } as const]
        await apigateway.send(new UpdateStageCommand({ restApiId, stageName: 'newtest', patchOperations }))
      },
      said: [/✖ Deployment on the stage .* – failed at warehouse\/stage: .*\n +→ Run setup: it brings this back/],
    },
    {
      cut: "the endpoint's security group has been closed",
      by: async () => {
        const GroupId = await fact(`${shop}/execute-api-group`, 'groupId')
        const rules = workspace.sandbox.world.ec2.securityGroups[GroupId]?.rules ?? []
        const SecurityGroupRuleIds = rules.filter(({ egress }) => !egress).map(({ ruleId }) => ruleId)
        const { ec2 } = workspace.clients('555550000000')
        await ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, SecurityGroupRuleIds }))
      },
      said: [
        /✖ Security group .* – failed at consumer\/vpc-0c1d2e3f405162738\/execute-api-group: ingress is \[\], want/,
        /✖ Call from shop gets in .* – failed at endpoint: no answer within 10 s\n +→ Look at the endpoint's security group/,
      ],
    },
    {
      cut: 'a target has been taken away',
      by: async () => {
        const TargetGroupArn = await fact('orders/targets', 'targetGroupArn')
        const [target] = workspace.sandbox.world.elbv2.targetGroups[TargetGroupArn]?.targets ?? []
        const Targets = [{ Id: target?.id, Port: target?.port }]
        const { elbv2 } = workspace.clients(gateway)
        await elbv2.send(new DeregisterTargetsCommand({ TargetGroupArn, Targets }))
      },
      said: [/✖ Target group .* – failed at orders\/targets: targets is \[.*\], want .*\n +→ Run setup/],
    },
    {
      cut: 'the listener is gone',
      by: async () => {
        const ListenerArn = await fact('orders/listener', 'listenerArn')
        await workspace.clients(gateway).elbv2.send(new DeleteListenerCommand({ ListenerArn }))
      },
      said: [/✖ Listener .* – failed at orders\/listener: does not exist\n +→ Run setup: it brings this back/],
    },
    {
      cut: 'the VPC link is gone',
      by: async () => {
        const { apigateway, ec2 } = workspace.sandbox.world
        const link = apigateway.vpcLinks[await fact('warehouse/link', 'vpcLinkId')]
        delete ec2.endpointServices[link?.serviceId ?? '']
        delete apigateway.vpcLinks[link?.vpcLinkId ?? '']
      },
      said: [/✖ VPC link .* – failed at warehouse\/link: does not exist\n +→ Run setup: it brings this back/],
    },
    {
      cut: 'the connection has been rejected',
      by: async () => {
        const ServiceId = await fact('orders/accepted', 'serviceId')
        const VpcEndpointIds = [await fact('orders/accepted', 'endpointId')]
        const { ec2 } = workspace.clients('014770000000')
        await ec2.send(new RejectVpcEndpointConnectionsCommand({ ServiceId, VpcEndpointIds }))
      },
      said: [/✖ Interface endpoint .* – failed at orders\/endpoint: vpce-\w+ is rejected\n +→ /],
    },
  ]

  it.each(cuts)('$cut', async ({ by, said, undo }) => {
    await by()
    // Until it has come through everywhere, and health checks have noticed.
    await workspace.clock.sleep(120_000)
    const { exit, stdout } = await workspace.privlink(['verify'])
    for (const sentence of said) expect(stdout).toMatch(sentence)
    expect(stdout).toContain('verify found something that is not as it should be')
    expect(exit).toBe(3)

    await undo?.()
    const mended = await workspace.privlink(['setup'])
    expect(mended.exit, mended.stderr + mended.stdout).toBe(0)
    await workspace.expectTrueLedger()
    // Setup waits for the call to get through, not for a target's health to recover by its threshold.
    await workspace.clock.sleep(60_000)
    const again = await workspace.privlink(['verify'])
    expect(again.exit, again.stdout).toBe(0)
  })

  it('and after all of that teardown leaves the world as it was before setup', async () => {
    const { apigateway } = workspace.clients(gateway)
    const restApiId = await fact('orders/api', 'apiId')
    await workspace.expectToLeaveNothing()
    await expect(apigateway.send(new GetRestApiCommand({ restApiId }))).rejects.toMatchObject({
      name: 'NotFoundException',
    })
  })
})
