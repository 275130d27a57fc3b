import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { services } from '../src/services/services.ts'
import { inventory, marksOf } from '../src/state/inventory.ts'
import { readWorld } from '../src/state/state-file.ts'
import { allTables, emptyWorld, serviceTables, type World } from '../src/state/world.ts'

/** A row that every table takes: it has the lists and maps that their inventories look into. */
const anyRow = () => ({
  tags: { owner: 'nobody' },
  trust: {},
  rules: [],
  routes: [],
  subnetIds: [],
  groupIds: [],
  routeTableIds: [],
  principals: [],
  targets: [],
  revocations: [],
  vpcEndpointIds: [],
  vpcs: [],
  records: [],
  resources: {},
  deployments: {},
  stages: {},
  versions: {},
  join: () => '',
})

/** Puts a row into a table, whatever it is of. */
function leak(world: World, table: string): void {
  const [part = '', member] = table.split('.')
  const holder: unknown = member === undefined ? world : Reflect.get(world, part)
  const rows: unknown = Reflect.get(Object(holder), member ?? part)
  if (Array.isArray(rows)) rows.push(anyRow())
  else Reflect.set(Object(rows), 'leaked', anyRow())
}

const names = Object.keys(allTables)
const ofResources = names.filter((name) => allTables[name]?.notResources === undefined)

describe('the tables of the world', () => {
  it.each(ofResources)('show a row that somebody has left in %s', (name) => {
    const world = emptyWorld(0)
    leak(world, name)
    expect(inventory(world, 0)).not.toEqual([])
  })

  it('without resources are few, and say why', () => {
    const reasons = names.flatMap((name) => allTables[name]?.notResources ?? [])
    expect(reasons.filter((reason) => !/^[A-Z].{20,}\.$/.test(reason))).toEqual([])
    expect(names.filter((name) => !ofResources.includes(name))).toEqual([
      'sts.sessions',
      'ec2.tokens',
      'ec2.zoneMaps',
      'ecs.tasks',
      'route53.changes',
      'route53.callerReferences',
    ])
  })

  it('tell where clients write down whose a resource is', () => {
    const world = emptyWorld(0)
    leak(world, 'route53.zones')
    expect(marksOf(world).map(({ member }) => member)).toEqual(['tags', 'comment'])
  })

  it('belong to a service each', () => {
    expect(
      services.map(({ tables }) => tables).filter((tables) => !Object.values(serviceTables).includes(tables)),
    ).toEqual([])
    expect(new Set(services.map(({ tables }) => tables)).size).toBe(Object.keys(serviceTables).length)
  })

  it('are empty where a state file of before has none', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'privlink-tables-')), 'state.json')
    const world = emptyWorld(7)
    world.names['app.corp'] = ['10.9.0.5']
    world.ec2.tokens['kept'] = { digest: 'd', id: 'vpce-1' }
    const { lambda: _, publicRecords: __, ...older } = world
    const { routeTables: ___, ...ec2 } = world.ec2
    await writeFile(file, JSON.stringify({ ...older, ec2 }))
    expect(await readWorld(file)).toEqual(world)
  })

  it.each(['ec2', 'ec2.vpcs', 'ecs.images', 'hosts', 'names'])(
    'are refused where %s is something else',
    async (name) => {
      const file = join(await mkdtemp(join(tmpdir(), 'privlink-tables-')), 'state.json')
      const world = emptyWorld(7)
      const [part = '', member] = name.split('.')
      if (member === undefined) Reflect.set(world, part, 'lost')
      else Reflect.set(Object(Reflect.get(world, part)), member, 'lost')
      await writeFile(file, JSON.stringify(world))
      await expect(readWorld(file)).rejects.toMatchObject({ code: 'SandboxStateUnreadable' })
    },
  )
})
