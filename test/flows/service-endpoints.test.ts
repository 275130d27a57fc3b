import { afterAll, describe, expect, it } from 'vitest'
import { isReading } from '../../src/aws/limits.ts'
import { setup } from '../../src/engine/setup.ts'
import { teardown } from '../../src/engine/teardown.ts'
import { reachesService } from '../../packages/sandbox/src/network/aws-reach.ts'
import type { WantedEndpoints } from '../../src/steps/shared/service-endpoints.ts'
import { stepById } from '../../src/steps/steps.ts'
import { complaints, deploy } from '../support/deployment.ts'
import { secretFile, storesGraph } from '../support/stores-graph.ts'

const { file, remove } = secretFile('a key')
afterAll(remove)

const vpcId = 'vpc-0a1b2c3d4e5f60718'
const subnetIds = ['subnet-0aa11111111111111', 'subnet-0bb22222222222222']
const place = { account: '842340000000', region: 'us-east-1' }
const services = ['ecr.api', 'ecr.dkr', 'logs', 'secretsmanager', 's3']

/** The network `hub`, without a way to the internet, with what a proxy's tasks need there. */
async function workspace(wanted: { image?: string; endpoints?: WantedEndpoints } = {}) {
  const deployed = await deploy()
  const graph = storesGraph(deployed.config, file, wanted)
  const { world, seed } = deployed.sandbox
  const before = deployed.inventory()
  const run = async (act: (run: ReturnType<typeof deployed.start>['run']) => ReturnType<typeof setup>) => {
    const from = deployed.sandbox.calls.length
    const { run, events } = deployed.start()
    const outcome = await act(run)
    const writes = deployed.sandbox.calls
      .slice(from)
      .filter(({ service, operation }) => service !== 'sts' && !isReading(operation))
      .map(({ operation }) => operation)
    return { ...outcome, writes, said: complaints(events).join('\n') }
  }
  return {
    ...deployed,
    before,
    setup: () => run((run) => setup(run, graph, {})),
    teardown: () => run((run) => teardown(run, stepById, {})),
    /** Endpoints of somebody else. */
    endpoints: (names: readonly string[]) =>
      seed({
        endpoints: names.map((name, index) => ({
          ...place,
          endpointId: `vpce-0123456789abcde0${index}`,
          vpcId,
          subnetIds,
          serviceName: `com.amazonaws.us-east-1.${name}`,
          privateDns: name !== 's3',
          ...(name === 's3' && { type: 'Gateway' as const }),
        })),
      }),
    /** What a task cannot reach. */
    outOfReach: () => {
      const groupId = String(deployed.ledger.get(`gateway/${vpcId}/task-group`)?.facts?.['groupId'])
      const caller = { ip: '10.0.0.99', groupIds: [groupId], vpcId, subnetId: subnetIds[0] ?? '' }
      return services.filter((one) => reachesService(world, deployed.clock.now(), caller, one) !== undefined)
    },
  }
}

describe('tasks without a way to the internet', () => {
  it('reach all that they need by endpoints that are made, which go as they came', async () => {
    const hub = await workspace()
    expect(hub.outOfReach()).toEqual(services)
    expect(await hub.setup()).toMatchObject({ exit: 0, said: '' })
    expect(hub.outOfReach()).toEqual([])
    expect((await hub.setup()).writes).toEqual([])
    expect(JSON.stringify(hub.ledger.entries())).not.toContain('a key')
    expect(await hub.teardown()).toMatchObject({ exit: 0 })
    expect(hub.inventory()).toEqual(hub.before)
  })

  it('use endpoints that are there, which stay', async () => {
    const hub = await workspace({ endpoints: 'none' })
    await hub.endpoints(services)
    const before = hub.inventory()
    const built = await hub.setup()
    expect(built, built.said).toMatchObject({ exit: 0 })
    expect(built.writes).not.toContain('CreateVpcEndpoint')
    expect(hub.outOfReach()).toEqual([])
    expect(await hub.teardown()).toMatchObject({ exit: 0 })
    expect(hub.inventory()).toEqual(before)
  })

  it('use those that are named beside those that are made; the named ones stay', async () => {
    const named = { logs: 'vpce-0123456789abcde00', s3: 'vpce-0123456789abcde01' }
    const hub = await workspace({ endpoints: named })
    await hub.endpoints(['logs', 's3'])
    const before = hub.inventory()
    const built = await hub.setup()
    expect(built, built.said).toMatchObject({ exit: 0 })
    expect(built.writes.filter((name) => name === 'CreateVpcEndpoint')).toHaveLength(3)
    expect(hub.outOfReach()).toEqual([])
    expect(await hub.teardown()).toMatchObject({ exit: 0 })
    expect(hub.inventory()).toEqual(before)
  })

  it.each([
    ['a public image', { image: 'public.ecr.aws/nginx/nginx:1.29-alpine' }, /ImageUnreachable: .*public.ecr.aws/],
    [
      'no endpoints',
      { endpoints: 'none' as const },
      /EndpointsUnusable: .*no endpoint of com.amazonaws.us-east-1.ecr.api/,
    ],
  ])('are refused before anything is made for %s', async (_, wanted, why) => {
    const hub = await workspace(wanted)
    const refused = await hub.setup()
    expect(refused).toMatchObject({ exit: 2, writes: [] })
    expect(refused.said).toMatch(why)
    expect(hub.inventory()).toEqual(hub.before)
  })

  it("are refused before anything is made beside somebody's endpoint that the config does not name", async () => {
    const hub = await workspace()
    await hub.endpoints(['logs'])
    const refused = await hub.setup()
    expect(refused).toMatchObject({ exit: 2, writes: [] })
    expect(refused.said).toContain('nginx.endpoints: { logs: vpce-0123456789abcde00 }')
  })
})

it('a file that is gone is told by name, and the next setup goes on', async () => {
  const lost = secretFile('soon gone')
  const deployed = await deploy()
  const graph = storesGraph(deployed.config, lost.file)
  lost.remove()
  const { run, events } = deployed.start()
  expect(await setup(run, graph, {})).toMatchObject({ exit: 2 })
  expect(complaints(events).join('\n')).toMatch(/payments\/server-key FileUnreadable: .*server\.key cannot be read/)
  const again = storesGraph(deployed.config, file)
  expect(await setup(deployed.start().run, again, {})).toMatchObject({ exit: 0 })
})
