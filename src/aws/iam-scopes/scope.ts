import type { Actions } from '../../engine/step.ts'
import { tagKeys } from '../tags.ts'

/** An account in one Region, with what the config says exists there. */
export interface IamPlace {
  partition: string
  region: string
  /** Twelve digits. */
  id: string
  deployment: string
  /** What the names of load balancers and target groups of the deployment begin with. */
  namePrefix: string
  vpcIds: readonly string[]
  subnetIds: readonly string[]
  /** Patterns of the services that interface endpoints are made for. */
  serviceNames: readonly string[]
  /** APIs of somebody else that a front door leads to. */
  producerApiIds?: readonly string[]
  /** Names that records are written for. */
  recordNames?: readonly string[]
  /** Functions of somebody else that call private APIs. */
  functionArns?: readonly string[]
  /** Objects in S3 that are read in our name: `bucket/key`. */
  storedObjects?: readonly string[]
}

export type Condition = Record<string, Record<string, string | string[]>>

/** What an action is allowed on, for the steps and acts that it is needed for. */
export interface Scope {
  /** Of the statement; scopes with the same one and the same condition become one statement. */
  sid: string
  actions: readonly string[]
  /** Without them, any step's. */
  steps?: readonly string[]
  /** Without them, any of the step's acts. */
  acts?: readonly (keyof Actions)[]
  resources(place: IamPlace): string[]
  condition?: (place: IamPlace) => Condition
  /** The step, or steps, whose thing it acts within: if the config adopts that, it carries no tag, and is named instead. */
  within?: string | readonly string[]
}

export const requested = ({ deployment }: IamPlace): Condition => ({
  StringEquals: { [`aws:RequestTag/${tagKeys.deployment}`]: deployment },
})

/** The condition that `openTo` leaves out for what is adopted. */
export const ownedKey = `aws:ResourceTag/${tagKeys.deployment}`

export const owned = ({ deployment }: IamPlace): Condition => ({ StringEquals: { [ownedKey]: deployment } })

export const during =
  (key: string, action: string) =>
  (place: IamPlace): Condition => ({ StringEquals: { ...requested(place)['StringEquals'], [key]: action } })
