import { CreateVpcLinkCommand, DeleteVpcLinkCommand } from '@aws-sdk/client-api-gateway'
import { describe, expect, it } from 'vitest'
import { isReading } from '../../src/aws/limits.ts'
import { setup } from '../../src/engine/setup.ts'
import { teardown } from '../../src/engine/teardown.ts'
import { verify } from '../../src/engine/verify.ts'
import { compose, type Config } from '../../src/flows/config.ts'
import { stepById } from '../../src/steps/steps.ts'
import { complaints, deploy } from '../support/deployment.ts'
import { exampleConfig } from '../support/example.ts'

type Deployed = Awaited<ReturnType<typeof deploy>>

const gateway = '842340000000'

/** Of load balancer and link, which come up one after the other; everything else fits beside them. */
const criticalPath = 330_000

const shared = (): Config =>
  exampleConfig(({ integrations }) => {
    for (const [name, settings] of Object.entries(integrations)) {
      integrations[name] = { ...(settings as object), loadBalancer: 'shared' }
    }
  })

/** Many integrations behind one load balancer. */
const many = (count: number): Config =>
  exampleConfig(({ integrations }) => {
    const { warehouse } = integrations
    for (const name of Object.keys(integrations)) delete integrations[name]
    for (let n = 1; n <= count; n += 1) {
      const targets = [{ ip: `172.31.12.${n}`, port: 80 }]
      integrations[`w${n}`] = { ...(warehouse as object), targets, loadBalancer: 'shared' }
    }
  })

/** Runs and tells what it came to, how long it took on the clock, and the calls that it made. */
async function run(deployed: Deployed, act: (started: ReturnType<Deployed['start']>) => ReturnType<typeof setup>) {
  const before = deployed.sandbox.calls.length
  const began = deployed.clock.now()
  const started = deployed.start()
  const outcome = await act(started)
  const calls = deployed.sandbox.calls.slice(before).map(({ operation }) => operation)
  return { outcome, events: started.events, took: deployed.clock.now() - began, calls }
}

const build = async (deployed: Deployed, graph = deployed.graph) => {
  const built = await run(deployed, ({ run }) => setup(run, graph, {}))
  expect(built.outcome, complaints(built.events).join('\n')).toMatchObject({ exit: 0 })
  return built
}

const changing = (calls: readonly string[]) => calls.filter((name) => !isReading(name) && name !== 'AssumeRole')

describe('setup', () => {
  it('takes hardly longer than load balancer and link, and deploys while they come up', async () => {
    const deployed = await deploy(exampleConfig(), { throttle: true })
    const { took, events } = await build(deployed)
    expect(took).toBeLessThanOrEqual(criticalPath * 1.05)
    const readyOrder = events.flatMap((event) =>
      event.event === 'progress' && event.phase === 'ready' ? [event.node] : [],
    )
    expect(readyOrder.indexOf('orders/stage')).toBeLessThan(readyOrder.indexOf('orders/link-balancer'))
    expect(readyOrder.indexOf('orders/stage-link')).toBeLessThan(readyOrder.indexOf('orders/link'))
  })

  it('takes no longer for many, within the limits that AWS sets for each account', async () => {
    const deployed = await deploy(many(40), { throttle: true })
    expect((await build(deployed)).took).toBeLessThanOrEqual(criticalPath * 1.05)
  })

  it('changes nothing the second time, and looks at like things together', async () => {
    const deployed = await deploy()
    await build(deployed)
    const again = await build(deployed)
    expect(changing(again.calls)).toEqual([])
    expect(again.took).toBe(0)
    expect(again.calls.length).toBeLessThanOrEqual(70)
    const checked = await run(deployed, ({ run }) => verify(run, deployed.graph, {}))
    expect(checked.outcome).toMatchObject({ exit: 0 })
    expect(checked.calls.length).toBeLessThanOrEqual(70)
  })

  it('makes nothing when the account has not enough room', async () => {
    const deployed = await deploy()
    const { apigateway } = deployed.clients(gateway)
    for (let n = 0; n < 19; n += 1) {
      await apigateway.send(new CreateVpcLinkCommand({ name: `other${n}`, targetArns: ['arn:aws:nothing'] }))
    }
    const { outcome, events, calls } = await run(deployed, ({ run }) => setup(run, deployed.graph, {}))
    expect(outcome).toMatchObject({ exit: 2, created: 0 })
    expect(complaints(events).join()).toMatch(/gateway\/quotas QuotaTooSmall: .*20 VPC links.*others have 19.*wants 2/)
    expect(changing(calls)).toEqual([])
  })

  it('deploys a changed definition and leaves the link where it is', async () => {
    const deployed = await deploy()
    await build(deployed)
    const cors = exampleConfig(({ integrations }) => {
      const warehouse = integrations['warehouse'] as { api: object }
      warehouse.api = { ...warehouse.api, cors: true }
    })
    const { calls } = await build(deployed, compose(cors))
    expect(changing(calls)).toEqual(['PutRestApi', 'CreateDeployment'])
  })

  it('makes a link anew that somebody deleted, and leads the stage to it without a deployment', async () => {
    const deployed = await deploy()
    await build(deployed)
    const facts = deployed.ledger.get('orders/link')?.facts
    await deployed
      .clients(gateway)
      .apigateway.send(new DeleteVpcLinkCommand({ vpcLinkId: String(facts?.['vpcLinkId']) }))
    const { calls } = await build(deployed)
    expect(changing(calls)).toEqual(['CreateVpcLink', 'UpdateStage'])
    expect((await run(deployed, ({ run }) => verify(run, deployed.graph, {}))).outcome).toMatchObject({ exit: 0 })
  })
})

describe('teardown', () => {
  it('takes the stage away before the link that it leads to, though AWS would not mind', async () => {
    const deployed = await deploy()
    await build(deployed)
    deployed.sandbox.setFaults([{ operation: 'DeleteStage', kind: 'denied', every: true }])
    const stuck = await run(deployed, ({ run }) => teardown(run, stepById, {}))
    expect(stuck.outcome.exit).not.toBe(0)
    expect(stuck.calls).not.toContain('DeleteVpcLink')
    expect((await run(deployed, ({ run }) => setup(run, deployed.graph, {}))).outcome).toMatchObject({ exit: 0 })
    deployed.sandbox.setFaults([])
    const { outcome, calls } = await run(deployed, ({ run }) => teardown(run, stepById, {}))
    expect(outcome).toMatchObject({ exit: 0 })
    expect(calls.lastIndexOf('DeleteStage')).toBeLessThan(calls.indexOf('DeleteVpcLink'))
  })

  it('of one integration leaves a shared link to the others', async () => {
    const deployed = await deploy(shared())
    await build(deployed)
    const { outcome, calls } = await run(deployed, ({ run }) => teardown(run, stepById, { only: ['orders'] }))
    expect(outcome).toMatchObject({ exit: 0 })
    expect(calls).toContain('DeleteStage')
    expect(calls).not.toContain('DeleteVpcLink')
    const rest = await run(deployed, ({ run }) => verify(run, deployed.graph, { only: ['warehouse'] }))
    expect(rest.outcome).toMatchObject({ exit: 0 })
  })
})
