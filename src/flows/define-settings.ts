// Defines the settings half of a flow: a schema, and the declarations that the rest of the config derives from.
import type * as z from 'zod'

/** A path within the settings of an integration. */
export type Path = readonly (string | number)[]

/** The name of an account or a network, and where the settings give it: mistakes are reported there. */
export interface Reference {
  name: string
  path: Path
}

/** A private API that an integration leads to: one that exists already, or one that another integration makes. */
export interface Target {
  /** Where the settings name it, by their keys `api` and `integration`. */
  path: Path
  api?: { account: string; id: string } | undefined
  integration?: string | undefined
}

/** The declarations of one integration about other parts of the config. */
export interface Declaration {
  /** The network where the integration lives. Its account owns what the integration makes there. */
  home: Reference
  /** Networks whose callers get in by an entrance of their own. */
  callers?: Reference[]
  /** The network that must not get in, for the negative proof. */
  foreign?: Reference
  /** Further accounts in which it acts. */
  accounts?: Reference[]
  /** The private APIs that it calls. */
  leadsTo?: Target[]
  /** Networks whose execute-api endpoints are let in to its private API, or to those that it leads to. */
  opens: string[]
  /** Its listener, if that stands on the load balancer that the integrations of the home share. */
  sharedListener?: { port: number | undefined; path: Path } | undefined
  /** Whether the execute-api endpoint of the home must answer to the names of APIs. */
  needsPrivateDns?: boolean
  /** A function that must belong to the account and the Region of the home. */
  ownFunction?: { arn: string; path: Path } | undefined
}

/** The declarations of the setting `access`: networks whose callers get in, and the one that must not. */
export const declareAccess = ({
  networks,
  foreign,
}: {
  networks?: string[] | undefined
  foreign?: string | undefined
}): Pick<Declaration, 'callers' | 'foreign'> => ({
  ...(networks && { callers: networks.map((name, index) => ({ name, path: ['access', 'networks', index] })) }),
  ...(foreign !== undefined && { foreign: { name: foreign, path: ['access', 'foreign'] } }),
})

/**
 * The kinds of things that an integration may offer to the others of its config: a private API, or a door by which its
 * callers come to one.
 */
export type Offering = 'api' | 'door'

/** The schema of the settings of one flow, which `flow` tells apart from all others. */
export type FlowSchema = z.ZodObject<{ flow: z.ZodLiteral<string> }>

/**
 * The settings half of a flow. It loads neither steps nor AWS clients, so that a wrong config is refused without them.
 */
export interface FlowSettings<S extends FlowSchema = FlowSchema, O extends Offering = Offering> {
  /** The value of `flow` in the config. */
  id: string
  schema: S
  offers: readonly O[]
  declare(settings: z.output<S>): Declaration
  /**
   * Settings whose permissions the docs list, by the title there. The config around them has five accounts, each with a
   * network of the same name: gateway, application, producer, consumer and foreign.
   */
  examples: Readonly<Record<string, z.input<S>>>
}

export const defineSettings = <S extends FlowSchema, O extends Offering>(
  settings: Omit<FlowSettings<S, O>, 'id'>,
): FlowSettings<S, O> => ({ id: settings.schema.shape.flow.value, ...settings })
