import { createHash } from 'node:crypto'

import { apiGatewayTables } from './apigateway.ts'
import { ec2Tables } from './ec2.ts'
import { ecsTables } from './ecs.ts'
import { elbv2Tables } from './elbv2.ts'
import { iamTables } from './iam.ts'
import { lambdaTables } from './lambda.ts'
import { logsTables } from './logs.ts'
import { route53Tables } from './route53.ts'
import { secretsManagerTables } from './secretsmanager.ts'
import { stsTables } from './sts.ts'
import { resourceList, resources, type StateOf, type Table } from './table.ts'

/** A server on this machine that stands for an address in the sandbox's network. */
export interface Host {
  /** VPC the address lives in, or `outside` for another network. */
  vpcId: string
  ip: string
  port: number
  /** `http://127.0.0.1:PORT`, or absent when nothing listens any more. */
  url?: string
  name?: string
  /** The sandbox itself runs the server behind it, at a new `url` in every process. */
  served?: boolean
  /** The text that such a server answers; without it, the server answers its name and the request as JSON. */
  answer?: string
}

/** An object in a bucket; only its newest version is kept. */
interface StoredObject {
  body: string
  version?: string
}

/** A certificate of ACM with its key, both PEM. */
interface Certificate {
  account: string
  region: string
  certificate: string
  key: string
  chain?: string
}

/** The tables of the services that the sandbox speaks. */
export const serviceTables = {
  sts: stsTables,
  ec2: ec2Tables,
  elbv2: elbv2Tables,
  apigateway: apiGatewayTables,
  iam: iamTables,
  lambda: lambdaTables,
  ecs: ecsTables,
  secretsmanager: secretsManagerTables,
  logs: logsTables,
  route53: route53Tables,
}

/** Tables that only a seed writes, of services that nobody can call. */
const storeTables = {
  /** Objects that others read, by `bucket/key`. */
  s3: { objects: resources<StoredObject>('object') },
  /** Certificates that others use, by ARN. */
  acm: { certificates: resources<Certificate>('certificate') },
}

const tablesOfServices = { ...serviceTables, ...storeTables }

/** Tables of what is outside AWS. */
const outsideTables = {
  /** Servers that stand for addresses in the network. */
  hosts: resourceList<Host>('host', {
    line: ({ vpcId, ip, port, name = '' }) => `host ${vpcId} ${ip}:${port} ${name}`.trimEnd(),
  }),
  /** Names that only the sandbox's network can resolve, for targets that are given by name. */
  names: resources<string[]>('name', { line: (addresses, name) => `name ${name} ${addresses.join(',')}` }),
  /** TXT records of the public DNS, by name: what the owners of domains outside AWS have written. */
  publicRecords: resources<string[]>('public-record', {
    line: (values, name) => `public-record ${name} ${values.join(' ')}`,
  }),
}

type ServiceStates = { [Service in keyof typeof tablesOfServices]: StateOf<(typeof tablesOfServices)[Service]> }

/**
 * Everything the sandbox knows: plain JSON, so that it is its own state file. States with a duration are never stored;
 * they follow from the times that are (`readyAt`, `goneAt`) and the clock.
 */
export interface World extends ServiceStates, StateOf<typeof outsideTables> {
  version: 1
  /** Sandbox time at which the world was last saved. */
  time: number
  /** Counter behind every generated id, so that a world is reproducible. */
  serial: number
}

/** Every table of a world, under its name in the state file: `ec2.vpcs`, `hosts`. */
export const allTables: Readonly<Record<string, Table<unknown>>> = {
  ...Object.fromEntries(
    Object.entries(tablesOfServices).flatMap(([service, tables]) =>
      Object.entries(tables).map(([name, table]) => [`${service}.${name}`, table]),
    ),
  ),
  ...outsideTables,
}

/** An empty world, or what is there already with an empty table for every one that it lacks. */
export function emptyWorld(time: number, there: Record<string, unknown> = {}): World {
  const world: Record<string, unknown> = { version: 1, time, serial: 0, ...there }
  for (const [name, table] of Object.entries(allTables)) {
    const [part = '', member] = name.split('.')
    if (member === undefined) world[part] ??= table.empty()
    else world[part] = { [member]: table.empty(), ...Object(world[part]) }
  }
  // Every part of a world is in `allTables`.
  return world as unknown as World
}

/** A new id such as `vpc-0a1b2c3d4e5f60718`: reproducible, since it is derived from the world's own counter. */
export function newId(world: World, prefix: string, length = 17): string {
  world.serial += 1
  return `${prefix}${createHash('sha256').update(`${prefix}${world.serial}`).digest('hex').slice(0, length)}`
}

/** Whether a resource is there, be it that it is being deleted. */
export const exists = (item: { goneAt?: number } | undefined, now: number): boolean =>
  item !== undefined && (item.goneAt === undefined || item.goneAt > now)
