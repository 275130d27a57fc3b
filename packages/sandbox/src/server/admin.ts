import * as z from 'zod'

import type { Clock } from '../state/clock.ts'
import { messageOf } from '../state/errors.ts'
import type { Backends } from '../network/host-servers.ts'
import { type Faults, readFaults } from './faults.ts'
import { resolveName } from '../reads/names.ts'
import type { CallRecord } from './protocol/dispatch.ts'
import { publicTexts } from '../reads/hosted-zones.ts'
import type { World } from '../state/world.ts'
import type { ServerAnswer, ServerRequest } from '../network/http.ts'

/** The state that the sandbox's own paths, below `/_privlink/`, show and change. */
export interface Admin {
  world: World
  clock: Clock
  speed: number
  calls: readonly CallRecord[]
  faults: Faults
  backends: Backends
  /** PEM of the certificate authority. */
  ca: string
}

type Answerer = (admin: Admin, request: ServerRequest) => unknown

const hostBody = z.strictObject({
  vpcId: z.string(),
  ip: z.ipv4(),
  port: z.int().min(1).max(65_535),
  /** The sandbox serves the host itself if this is absent. */
  url: z.url().optional(),
  name: z.string().optional(),
})
const placeBody = z.strictObject({ ip: z.string(), port: z.int() })

const recordBody = z.strictObject({ name: z.string().min(1), values: z.array(z.string()) })

const paths: Record<string, Answerer> = {
  'GET /_privlink/hello': ({ speed, clock }) => ({ privlink: 'sandbox', speed, time: clock.now() }),

  'GET /_privlink/resolve': ({ world, clock }, { query }) => {
    const name = query.get('name') ?? ''
    const addresses = resolveName(world, name, clock.now())
    return addresses ? { name, addresses } : undefined
  },

  'GET /_privlink/hosts': ({ world }) => ({ hosts: world.hosts }),

  'POST /_privlink/hosts': async ({ world, backends }, { body }) => {
    const { url, name, ...place } = hostBody.parse(JSON.parse(body.toString('utf8')))
    const at = world.hosts.findIndex((host) => host.ip === place.ip && host.port === place.port)
    if (at >= 0) {
      await backends.stop(place.ip, place.port)
      world.hosts.splice(at, 1)
    }
    const named = name === undefined ? place : { ...place, name }
    world.hosts.push(url === undefined ? { ...named, served: true } : { ...named, url })
    await backends.serve()
    return { hosts: world.hosts }
  },

  'POST /_privlink/hosts/stop': async ({ backends }, { body }) => {
    const { ip, port } = placeBody.parse(JSON.parse(body.toString('utf8')))
    return backends.stop(ip, port)
  },

  /** Plays the owner of a public domain: the TXT records of a name, none to take them away. */
  'POST /_privlink/public-records': ({ world }, { body }) => {
    const { name, values } = recordBody.parse(JSON.parse(body.toString('utf8')))
    if (values.length === 0) delete world.publicRecords[name]
    else world.publicRecords[name] = values
    return { publicRecords: world.publicRecords }
  },

  'GET /_privlink/public-records': ({ world, clock }, { query }) => {
    const name = query.get('name')
    return name === null
      ? { publicRecords: world.publicRecords }
      : { name, texts: publicTexts(world, clock.now(), name) }
  },

  'POST /_privlink/faults': ({ faults }, { body }) => {
    const list = readFaults(JSON.parse(body.toString('utf8')))
    faults.set(list)
    return { faults: list.length }
  },

  'GET /_privlink/calls': ({ calls }) => countCalls(calls),
}

/** Answers one of the sandbox's own paths: 404 for what is not there, 400 for a body that is not understood. */
export async function answerAdmin(admin: Admin, request: ServerRequest): Promise<ServerAnswer> {
  if (request.path === '/_privlink/ca') {
    return { status: 200, headers: { 'content-type': 'application/x-pem-file' }, body: Buffer.from(admin.ca) }
  }
  const answerer = paths[`${request.method} ${request.path}`]
  try {
    const found = await answerer?.(admin, request)
    return found === undefined
      ? json(404, { message: `nothing at ${request.method} ${request.path}` })
      : json(200, found)
  } catch (thrown) {
    return json(400, { message: messageOf(thrown) })
  }
}

const json = (status: number, value: unknown): ServerAnswer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify(value)),
})

/** Counts the calls of each operation, in all and per account and region. */
function countCalls(calls: readonly CallRecord[]) {
  const totals: Record<string, number> = {}
  const counted = new Map<
    string,
    { account: string; region: string; service: string; operation: string; count: number }
  >()
  for (const { account, region, service, operation } of calls) {
    totals[operation] = (totals[operation] ?? 0) + 1
    const key = [account, region, service, operation].join(' ')
    const entry = counted.get(key) ?? { account, region, service, operation, count: 0 }
    counted.set(key, { ...entry, count: entry.count + 1 })
  }
  return { calls: [...counted.values()], totals }
}
