/** A service as IAM's actions name it. */
type Service =
  | 'apigateway'
  | 'ec2'
  | 'ecs'
  | 'elasticloadbalancing'
  | 'iam'
  | 'lambda'
  | 'logs'
  | 'route53'
  | 's3'
  | 'secretsmanager'

export type Action = `${Service}:${string}`

export type Condition = Record<string, Record<string, string | string[]>>

/** The things that the config names: permissions of the account are narrowed to them. */
export interface NamedThings {
  vpcIds: readonly string[]
  subnetIds: readonly string[]
  /** Patterns of the services that endpoints are made for. */
  serviceNames: readonly string[]
  /** REST APIs of others that front doors, functions and proxies lead to. */
  producerApiIds: readonly string[]
  /** DNS names that records are written for. */
  recordNames: readonly string[]
  /** Functions of others that call private APIs. */
  functionArns: readonly string[]
  /** Objects in S3 that AWS reads in our name: `bucket/key`. */
  storedObjects: readonly string[]
}

/** One account in one Region, with the things that the config names there. */
export interface AccountScope extends NamedThings {
  partition: string
  region: string
  /** Twelve digits. */
  id: string
  deployment: string
  /** The beginning of the names of everything that the deployment makes. */
  namePrefix: string
}

/** A step whose things hold others. */
export type Holder = Readonly<{ id: string; permissions: Permissions }>

/** Actions with what AWS lets them be narrowed to (Service Authorization Reference). */
export interface Permission {
  /** Permissions with the same sid and the same condition become one statement of a policy. */
  sid: string
  actions: readonly Action[]
  resources(scope: AccountScope): string[]
  condition?: ((scope: AccountScope) => Condition) | undefined
  /**
   * The steps whose things the actions work within, or the step's own thing. A thing that the config adopts carries no
   * tag of ours: the permission then names it.
   */
  within?: 'itself' | (() => readonly Holder[]) | undefined
}

/** The permissions of a step, by the part that needs them. Every other part comes after a read. */
export interface Permissions {
  /** For `read`, and for the reads that the other parts make again. */
  read: readonly Permission[]
  /** For `create` with its tags, and the actions that AWS asks of the caller besides. */
  create?: readonly Permission[]
  update?: readonly Permission[]
  delete?: readonly Permission[]
  /** For `check`, beyond `read`. */
  check?: readonly Permission[]
}

/** A permission for actions on resources, under a condition. */
export const permission = (
  sid: string,
  actions: readonly Action[],
  resources: Permission['resources'],
  condition?: Permission['condition'],
  within?: Permission['within'],
): Permission => ({ sid, actions, resources, condition, within })

/**
 * A permission for actions that have no resource-level permissions: EC2's and ELB's Describe actions are of this kind.
 */
export const describe = (...actions: Action[]): Permission =>
  permission('Look', actions, everything, ({ region }) => ({ StringEquals: { 'aws:RequestedRegion': region } }))

/** All resources of the account. */
export const everything = (): string[] => ['*']

/** The actions if the condition holds, else none. */
export const when = (holds: boolean, ...actions: Action[]): Action[] => (holds ? actions : [])

/** Every action of a step, each once. */
export const allActions = ({
  read,
  create = [],
  update = [],
  delete: remove = [],
  check = [],
}: Permissions): Action[] => [
  ...new Set([read, create, update, remove, check].flat().flatMap(({ actions }) => actions)),
]
