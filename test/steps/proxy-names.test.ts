import { CreateHostedZoneCommand } from '@aws-sdk/client-route-53'
import { describe, expect, it } from 'vitest'
import { complaints } from '../support/deployment.ts'
import { setup } from '../../src/engine/setup.ts'
import { teardown } from '../../src/engine/teardown.ts'
import { lookUp } from '../../packages/sandbox/src/network/dns.ts'
import { stepById } from '../../src/steps/steps.ts'
import { exampleConfig } from '../support/example.ts'
import { openWorkspace } from '../support/law-workspace.ts'
import { names, namesGraph, proveDomains } from '../support/proxy-names.ts'

const hub = 'vpc-0a1b2c3d4e5f60718'
const gateway = '842340000000'
const zoneKey = 'payments/zone-hub'
const recordKey = 'payments/name-hub'

async function rehearsal({ proved = true } = {}) {
  const config = exampleConfig()
  const workspace = await openWorkspace(config, namesGraph(config))
  const { sandbox, clock, graph } = workspace
  if (proved) proveDomains(sandbox)
  const { world } = sandbox
  const { route53 } = workspace.clients(gateway)
  /** A zone that somebody has made for the hub. */
  const zone = async (Name: string): Promise<string> => {
    const VPC = { VPCId: hub, VPCRegion: 'us-east-1' as const }
    const made = await route53.send(new CreateHostedZoneCommand({ Name, CallerReference: Name, VPC }))
    return made.HostedZone?.Id?.replace('/hostedzone/', '') ?? ''
  }
  const node = (key: string) => {
    const found = graph.get(key)
    if (found === undefined) throw new Error(`there is no ${key} among ${[...graph.keys()].join(', ')}`)
    return found
  }
  const look = async (key: string) => (await workspace.look(node(key))).result
  /** The config names a zone for ours. */
  const adopt = (id: string) => {
    node(zoneKey).adopt = id
  }
  const up = (change: Partial<typeof workspace.run> = {}) => setup({ ...workspace.run, ...change }, graph, {})
  const down = () => teardown(workspace.run, stepById, {})
  const addresses = (name: string) => lookUp(world, clock.now(), hub, name)
  return { ...workspace, world, zone, node, look, adopt, up, down, addresses }
}

/** One whose domain nobody proves. */
async function unasked() {
  const workspace = await rehearsal({ proved: false })
  const calls = (name: string) => workspace.sandbox.calls.filter(({ operation }) => operation === name).length
  return { ...workspace, calls }
}

describe("a proxy's name", () => {
  it('leads to the endpoint, in both ways, until all is taken back', async () => {
    const { up, down, addresses, events, inventory, world } = await rehearsal()
    const before = inventory()
    expect(await up(), complaints(events).join('\n')).toMatchObject({ exit: 0 })
    const endpoint = Object.values(world.ec2.endpoints).find(({ serviceName }) => serviceName.includes('vpce-svc'))
    const ips = endpoint?.networkInterfaceIds.map((id) => world.ec2.networkInterfaces[id]?.privateIp)
    expect(addresses(names.zoned)).toEqual(ips)
    expect(addresses(names.proved)).toEqual(ips)
    expect(await down()).toMatchObject({ exit: 0 })
    expect(inventory()).toEqual(before)
  })
})

describe.each(['lost-before', 'lost-after'] as const)('with an answer %s it took effect', (kind) => {
  it.each([
    'CreateHostedZone',
    'ChangeTagsForResource',
    'ChangeResourceRecordSets',
    'ModifyVpcEndpointServiceConfiguration',
    'StartVpcEndpointServicePrivateDnsVerification',
    'ModifyVpcEndpoint',
  ])('to %s, there is one of everything in the end, and nothing after that', async (operation) => {
    const { up, down, events, inventory, sandbox, world } = await rehearsal()
    const before = inventory()
    sandbox.setFaults([{ operation, kind }])
    const first = await up()
    if (first.exit !== 0) expect(await up(), complaints(events).join('\n')).toMatchObject({ exit: 0 })
    expect(Object.values(world.route53.zones)).toHaveLength(1)
    expect(await down()).toMatchObject({ exit: 0 })
    expect(inventory()).toEqual(before)
  })
})

describe('a hosted zone', () => {
  it.each([names.zoned, 'example.internal'])('is refused where the VPC has one for %s', async (name) => {
    const { zone, look, ensure, node } = await rehearsal()
    const id = await zone(name)
    await ensure(node('payments/name-room-hub'))
    await expect(look(zoneKey)).rejects.toMatchObject({
      code: 'ZoneTaken',
      exit: 2,
      message: expect.stringContaining(id),
      hint: expect.stringContaining(`"adopt: { ${zoneKey}: ${id} }"`),
    })
  })

  it('of somebody else stands beside it without harm', async () => {
    const { zone, look, ensure, node } = await rehearsal()
    await ensure(node('payments/name-room-hub'))
    await zone('other.internal')
    await zone(`sub.${names.zoned}`)
    expect(await look(zoneKey)).toEqual({ state: 'absent' })
  })

  it('that is adopted gets the one record, and keeps all that it has', async () => {
    const { zone, adopt, up, down, events, addresses, inventory, ledger } = await rehearsal()
    const id = await zone('example.internal')
    adopt(id)
    const before = inventory()
    expect(await up(), complaints(events).join('\n')).toMatchObject({ exit: 0 })
    expect(ledger.get(zoneKey)).toMatchObject({ origin: 'adopted', facts: { zoneId: id } })
    expect(addresses(names.zoned)).toHaveLength(2)
    expect(JSON.stringify(events)).not.toContain('is adopted and differs')
    expect(await down()).toMatchObject({ exit: 0 })
    expect(inventory()).toEqual(before)
  })
})

describe('a record', () => {
  it.each([
    { type: 'A', values: ['10.0.0.9'] },
    { type: 'CNAME', values: ['elsewhere.example.com.'] },
  ])('of somebody else is never overwritten: $type', async ({ type, values }) => {
    const { zone, adopt, up, world, events } = await rehearsal()
    const id = await zone('example.internal')
    adopt(id)
    const theirs = { name: `${names.zoned}.`, type, ttl: 60, values, servedFrom: 0 }
    world.route53.zones[id]?.records.push(theirs)
    expect(await up()).toMatchObject({ exit: 2 })
    expect(complaints(events)).toContainEqual(expect.stringMatching(/^payments\/name-hub RecordTaken: .*not ours/))
    expect(world.route53.zones[id]?.records).toContainEqual(theirs)
  })

  it('that somebody has put in the place of ours stays', async () => {
    const { up, world, down, events } = await rehearsal()
    await up()
    const [zone] = Object.values(world.route53.zones)
    const ours = zone?.records.find(({ alias }) => alias !== undefined)
    if (ours?.alias) ours.alias = { ...ours.alias, dnsName: 'vpce-0bad.vpce-svc-0bad.us-east-1.vpce.amazonaws.com.' }
    expect(await up()).toMatchObject({ exit: 1 })
    expect(complaints(events).join()).toMatch(`${recordKey} Broken: ${names.zoned} in`)
    // It keeps the zone, which is said.
    expect(await down()).toMatchObject({ exit: 1 })
    expect(zone?.records).toContainEqual(ours)
    expect(complaints(events).join()).toContain('non-required resource record sets')
  })
})

describe('the room for a name', () => {
  it.each(['enableDnsSupport', 'enableDnsHostnames'] as const)('needs %s', async (attribute) => {
    const { world, look } = await rehearsal()
    const vpc = world.ec2.vpcs[hub]
    if (vpc) vpc[attribute] = false
    await expect(look('payments/name-room-hub')).rejects.toMatchObject({
      code: 'PrivateNameImpossible',
      hint: expect.stringContaining('names: none'),
    })
  })

  it('comes with a warning where the public DNS may have such names, as long as nothing hides them yet', async () => {
    const { look, zone } = await rehearsal()
    expect(await look('payments/name-room-hub')).not.toHaveProperty('beware')
    expect(await look('payments/public/name-room-hub')).toMatchObject({
      state: 'ready',
      warning: { message: expect.stringContaining(`in ${hub}, ${names.proved} and all names below it`) },
    })
    await zone('acme.com')
    expect(await look('payments/public/name-room-hub')).not.toHaveProperty('beware')
  })

  it('is taken for a private DNS name by a zone of that name', async () => {
    const { look, zone } = await rehearsal()
    await zone(names.proved)
    await expect(look('payments/public/name-room-hub')).rejects.toMatchObject({ code: 'ZoneTaken', exit: 2 })
  })
})

describe('a private DNS name', () => {
  it('waits for whoever owns the domain, who is told what to write, and goes on from there', async () => {
    const { up, world, events, graph } = await rehearsal({ proved: false })
    expect(await up()).toMatchObject({ exit: 1 })
    const { recordName, value } = Object.values(world.ec2.endpointServices)[0]?.privateDns ?? {}
    expect(complaints(events)).toContainEqual(
      `payments/public/verified-name DomainUnproved: nothing in the public DNS says yet that ${names.proved} belongs to account application, so that consumers cannot use it ` +
        `(In the public DNS of the domain, add a TXT record named ${recordName}.${names.proved} (or ${recordName} before any domain above it) with the text ${value}, then run setup again.)`,
    )
    expect(graph.get('payments/public/name-hub')).toBeDefined()
    world.publicRecords[`${recordName}.acme.com`] = [`"${value}"`]
    expect(await up(), complaints(events).join('\n')).toMatchObject({ exit: 0 })
  })

  it('is tried twice, and then said to be unproved, where the public DNS cannot be asked from here', async () => {
    const { up, events, run, calls } = await unasked()
    const probe = { ...run.probe, texts: async () => undefined }
    expect(await up({ probe })).toMatchObject({ exit: 1 })
    expect(complaints(events)).toContainEqual(
      expect.stringMatching(/Broken: AWS has not found the TXT record that proves .*add a TXT record named _/),
    )
    expect(calls('StartVpcEndpointServicePrivateDnsVerification')).toBe(2)
  })

  it("is not taken from a service of somebody's that has another one", async () => {
    const { up, world, look, ensure, node, ledger } = await rehearsal()
    await up()
    await ensure(node('payments/service'))
    const service = Object.values(world.ec2.endpointServices).find(({ privateDns }) => privateDns !== undefined)
    const theirs = { name: 'theirs.acme.com', recordName: '_a', value: 'vpce:a', outcome: 'verified' as const }
    if (service) service.privateDns = theirs
    expect(await look('payments/public/private-name')).toMatchObject({ state: 'ready', drift: [{ field: 'name' }] })
    if (service) service.tags = {}
    await ledger.remove('payments/public/private-name')
    await expect(look('payments/public/private-name')).rejects.toMatchObject({ code: 'PrivateNameTaken', exit: 2 })
  })
})
