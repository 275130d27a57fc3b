import { CreateDeploymentCommand } from '@aws-sdk/client-api-gateway'
import { UpdateServiceCommand } from '@aws-sdk/client-ecs'
import { beforeAll, describe, expect, it } from 'vitest'
import { allActions } from '../../src/aws/permissions/permission.ts'
import { stepById } from '../../src/steps/steps.ts'
import { actionsFor, grantedStand, type Grant, isForTestCalls, partsFor, proxiesRun } from '../support/granted.ts'

type Part = ReturnType<typeof partsFor>[number]

/** A stand with everything there, and a way to fail in it. */
async function openPart({ change, printed }: Part) {
  const workspace = await grantedStand(change)
  const inTheBeginning = await workspace.moment()
  workspace.grant(printed, ['setup'])
  const { exit, stderr } = await workspace.privlink(['setup'])
  expect(exit, stderr).toBe(0)
  const whenAllIsThere = await workspace.moment()
  const fails = async (argv: readonly string[], action: string): Promise<void> => {
    const { exit, stderr } = await workspace.privlink(argv)
    expect(stderr).toMatch(new RegExp(`(needs|perform:) ${action}\\b`))
    expect(exit).toBe(4)
  }
  /** Setup has ended for want of a permission. */
  const whenItLacked = async (grant: Grant) => {
    await inTheBeginning()
    workspace.grant(printed, ['setup'], grant)
    expect((await workspace.privlink(['setup'])).exit).toBe(4)
  }
  return { ...workspace, inTheBeginning, whenAllIsThere, whenItLacked, fails }
}

type Standing = Awaited<ReturnType<typeof openPart>>
type Circumstances = Readonly<Record<string, (workspace: Standing, grant: Grant) => Promise<unknown>>>

/** What is not needed where all is there, as the ledger knows, and as it should be: when verify needs it. */
const forVerify: Circumstances = {
  'LookAtDefinitions ecs:ListTaskDefinitions': ({ inTheBeginning }) => inTheBeginning(),
  'FindZones route53:ListHostedZonesByName': ({ inTheBeginning }) => inTheBeginning(),
  'LookAtChanges route53:GetChange': ({ whenItLacked }, grant) => whenItLacked(grant),
  'LookAtTasks ecs:DescribeTasks': replaceTasks,
  'FindTasks ecs:ListTasks': replaceTasks,
}

/** The same of teardown, which has a ledger here. */
const forTeardown: Circumstances = {
  // Somebody has deployed: what the stage served before our entry is no longer what it must go back to.
  'DeployProducers apigateway:POST': async ({ thingOf }, { account }) => {
    const { clients, facts } = await thingOf(account, 'policy-entry')
    const stage = { restApiId: String(facts['apiId']), stageName: String(facts['stageName']) }
    return clients.apigateway.send(new CreateDeploymentCommand(stage))
  },
}

/** Somebody has new tasks started, which are not there yet. */
async function replaceTasks({ thingOf }: Standing, { account }: Grant): Promise<void> {
  const { clients, facts } = await thingOf(account, 'ecs-service')
  const named = { cluster: String(facts['clusterArn']), service: String(facts['serviceArn']) }
  await clients.ecs.send(new UpdateServiceCommand({ ...named, forceNewDeployment: true }))
}

const nameOf = ({ sid, action }: Grant): string => `${sid} ${action}`

describe.each(partsFor('verify'))('verify of $part', (part) => {
  const { printed, grants, links } = part
  let workspace: Awaited<ReturnType<typeof openPart>>
  beforeAll(async () => {
    workspace = await openPart(part)
  })

  it.each(grants.filter((grant) => !isForTestCalls(grant)))(
    'fails for want of $action ($sid) in $account, and names it',
    async (grant) => {
      await workspace.whenAllIsThere()
      await forVerify[nameOf(grant)]?.(workspace, grant)
      workspace.grant(printed, ['verify'], grant)
      await workspace.fails(['verify'], grant.action)
    },
  )

  it.runIf(links)(
    'calls nothing proved for want of apigateway:POST: a test call that may not be made is no failure',
    async () => {
      const grant = { account: 'gateway', sid: 'TestCallsByControlPlane', action: 'apigateway:POST' }
      workspace.grant(printed, ['verify'], grant)
      const from = ['verify', '--vantage', 'control-plane']
      const { exit, stdout } = await workspace.privlink(from)
      expect(exit).toBe(0)
      expect(stdout).toMatch(/unproved: .* needs apigateway:POST\b/)
      expect((await workspace.privlink([...from, '--require-proof'])).exit).toBe(3)
      expect((await workspace.privlink(['verify', '--require-proof'])).exit).toBe(0)
    },
  )
})

describe.each(partsFor('teardown'))('teardown of $part', (part) => {
  const { printed, grants, links } = part
  let workspace: Awaited<ReturnType<typeof openPart>>
  beforeAll(async () => {
    workspace = await openPart(part)
  })

  const isLook = ({ action }: Grant): boolean =>
    /:Describe/.test(action) ||
    ![...stepById.values()].some(({ permissions }) =>
      permissions.delete?.some(({ actions }) => actions.some((one) => one === action)),
    )
  /** API Gateway asks for it when it takes away what a VPC link hides. */
  const leftovers: Grant = { account: 'gateway', sid: 'Look', action: 'ec2:DescribeVpcEndpointServiceConfigurations' }
  const isRemoval = (grant: Grant): boolean =>
    grant.action === leftovers.action
      ? grant.account === leftovers.account
      : !isLook(grant) || nameOf(grant) in forTeardown

  it.each(grants.filter(isRemoval))('fails for want of $action ($sid) in $account, and names it', async (grant) => {
    await workspace.whenAllIsThere()
    await forTeardown[nameOf(grant)]?.(workspace, grant)
    workspace.grant(printed, ['teardown'], grant)
    await workspace.fails(['teardown', '--yes'], grant.action)
  })

  // With a ledger, only what is to go is looked at.
  it.each(grants.filter((grant) => !isRemoval(grant)))(
    'without a ledger leaves nothing behind unseen for want of $action ($sid) in $account, but names it',
    async (grant) => {
      await workspace.whenAllIsThere({ ledger: false })
      workspace.grant(printed, ['teardown'], grant)
      const made = workspace.mutations()
      await workspace.fails(['teardown', '--yes'], grant.action)
      expect(workspace.mutations()).toEqual(made)
    },
  )

  it.runIf(links)('goes on once what was lacking is granted, also without a ledger', async () => {
    await workspace.whenAllIsThere({ ledger: false })
    const grant = { account: 'gateway', sid: 'OwnBalancers', action: 'elasticloadbalancing:DeleteLoadBalancer' }
    workspace.grant(printed, ['teardown'], grant)
    await workspace.fails(['teardown', '--yes'], grant.action)
    workspace.grant(printed, ['teardown'])
    const { exit, stderr } = await workspace.privlink(['teardown', '--yes'])
    expect(exit, stderr).toBe(0)
    expect(workspace.inventory()).toEqual(workspace.before)
  })
})

it.runIf(proxiesRun)('every action of every step is in a policy', () => {
  const printed = new Set((['setup', 'verify', 'teardown'] as const).flatMap((purpose) => [...actionsFor(purpose)]))
  const missing = [...stepById.values()].flatMap(({ permissions }) =>
    allActions(permissions).filter((action) => !printed.has(action)),
  )
  expect(missing).toEqual([])
})
