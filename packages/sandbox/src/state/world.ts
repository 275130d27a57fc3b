import { createHash } from 'node:crypto'

import type { ApiGatewayState } from './apigateway.ts'
import type { Ec2State } from './ec2.ts'
import type { EcsState } from './ecs.ts'
import type { Elbv2State } from './elbv2.ts'
import type { IamState } from './iam.ts'
import type { LambdaState } from './lambda.ts'
import type { LogsState } from './logs.ts'
import type { Route53State } from './route53.ts'
import type { SecretsManagerState } from './secretsmanager.ts'
import type { StsState } from './sts.ts'

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
  /** What such a server says; without it, it says as JSON who it is and what it was asked. */
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

/**
 * Everything the sandbox knows: plain JSON, so that it is its own state file. States with a duration are never stored;
 * they follow from the times that are (`readyAt`, `goneAt`) and the clock.
 */
export interface World {
  version: 1
  /** Sandbox time at which the world was last saved. */
  time: number
  /** Counter behind every generated id, so that a world is reproducible. */
  serial: number
  sts: StsState
  ec2: Ec2State
  elbv2: Elbv2State
  apigateway: ApiGatewayState
  iam: IamState
  lambda: LambdaState
  ecs: EcsState
  secretsmanager: SecretsManagerState
  logs: LogsState
  route53: Route53State
  /** Objects that others read, by `bucket/key`: there is no S3 to put them with. */
  s3: { objects: Record<string, StoredObject> }
  /** Certificates that others use, by ARN: there is no ACM to ask for them. */
  acm: { certificates: Record<string, Certificate> }
  /** The network's far ends. */
  hosts: Host[]
  /** Names that only the sandbox's network can resolve, for targets that are given by name. */
  names: Record<string, string[]>
  /** TXT records of the public DNS, by name: what the owners of domains outside AWS have written. */
  publicRecords: Record<string, string[]>
}

export const emptyWorld = (time: number): World => ({
  version: 1,
  time,
  serial: 0,
  sts: { sessions: {} },
  ec2: {
    vpcs: {},
    subnets: {},
    securityGroups: {},
    routeTables: {},
    networkAcls: {},
    networkInterfaces: {},
    internetGateways: {},
    endpoints: {},
    endpointServices: {},
    tokens: {},
    zoneMaps: {},
  },
  elbv2: { loadBalancers: {}, targetGroups: {}, listeners: {}, rules: {}, trustStores: {} },
  apigateway: { restApis: {}, vpcLinks: {} },
  iam: { roles: {} },
  lambda: { functions: {} },
  ecs: { clusters: {}, taskDefinitions: {}, services: {}, tasks: {}, images: [] },
  secretsmanager: { secrets: {} },
  logs: { groups: {} },
  route53: { zones: {}, changes: {}, callerReferences: {} },
  s3: { objects: {} },
  acm: { certificates: {} },
  hosts: [],
  names: {},
  publicRecords: {},
})

/** A new id such as `vpc-0a1b2c3d4e5f60718`: reproducible, since it is derived from the world's own counter. */
export function newId(world: World, prefix: string, length = 17): string {
  world.serial += 1
  return `${prefix}${createHash('sha256').update(`${prefix}${world.serial}`).digest('hex').slice(0, length)}`
}

/** Whether a thing that is being deleted has not yet gone. */
export const exists = (thing: { goneAt?: number } | undefined, now: number): boolean =>
  thing !== undefined && (thing.goneAt === undefined || thing.goneAt > now)
