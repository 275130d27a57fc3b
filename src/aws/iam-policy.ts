import type { Actions, AnyStep } from '../engine/step.ts'
import { scopes } from './iam-scopes.ts'
import { type Condition, type IamPlace, ownedKey, type Scope } from './iam-scopes/scope.ts'

interface Statement {
  Sid: string
  Effect: 'Allow'
  Action: string[]
  Resource: string[]
  Condition?: Condition
}

export interface PolicyDocument {
  Version: '2012-10-17'
  Statement: Statement[]
}

/** What a role is to be good for. */
export const purposes = ['setup', 'verify', 'teardown'] as const

export type Purpose = (typeof purposes)[number]

/** What one step of a walk does at one place. */
export interface Deed {
  step: Pick<AnyStep<never, never>, 'id' | 'actions' | 'spares' | 'proof'>
  inputs: Readonly<Record<string, unknown>>
  /** The id of the existing thing that the config names for it: then it is only looked at. */
  adopt?: string | undefined
  place: IamPlace
}

/** Longest managed policy, in characters that are not white space ("IAM and AWS STS quotas"). */
const longest = 6144

/**
 * What the deeds need for a purpose, as narrow as AWS allows: one document, or several where one would be too long for a
 * managed policy. None at all where nothing is needed.
 */
export function policiesFor(purpose: Purpose, deeds: readonly Deed[]): PolicyDocument[] {
  const adopted = deeds.filter(({ adopt }) => adopt !== undefined)
  const statements = new Map<string, Statement>()
  for (const deed of deeds) {
    const spared = new Set(deed.step.spares?.(deed.inputs))
    for (const act of actsOf(purpose, deed)) {
      for (const action of deed.step.actions[act] ?? []) {
        if (!spared.has(action)) allow(statements, action, scopesOf(action, deed, act), deed.place, adopted)
      }
    }
  }
  const sorted = [...statements.values()].map((one) => ({
    ...one,
    Action: one.Action.toSorted(),
    Resource: one.Resource.toSorted(),
  }))
  return split(withOwnSids(withoutRepetition(sorted)))
}

/** Leaves out what another statement allows on more, under the same condition. A `*` in a resource spans slashes too. */
function withoutRepetition(statements: readonly Statement[]): Statement[] {
  const isCovered = (one: Statement, action: string): boolean =>
    statements.some(
      (other) =>
        other !== one &&
        other.Action.includes(action) &&
        JSON.stringify(other.Condition) === JSON.stringify(one.Condition) &&
        one.Resource.every((narrow) => other.Resource.some((wide) => narrow !== wide && spans(wide, narrow))),
    )
  return statements
    .map((one) => ({ ...one, Action: one.Action.filter((action) => !isCovered(one, action)) }))
    .filter(({ Action }) => Action.length > 0)
}

const spans = (wide: string, narrow: string): boolean =>
  wide !== '*' && wide.endsWith('/*') && narrow.startsWith(wide.slice(0, -1))

/**
 * Setup makes and mends, and ends with the proofs; only teardown deletes. A ledger that was lost is made up for by looking
 * at everything, so every purpose needs every look.
 */
function actsOf(purpose: Purpose, { step, adopt }: Deed): (keyof Actions)[] {
  const isOurs = adopt === undefined
  if (purpose === 'verify') return ['look', 'check']
  if (purpose === 'teardown') return isOurs ? ['look', 'remove'] : ['look']
  return ['look', ...(isOurs ? (['make', 'mend'] as const) : []), ...(step.proof === true ? (['check'] as const) : [])]
}

/** Every action of every step has a scope: one without is a mistake in the table. */
export function scopesOf(action: string, { step }: Pick<Deed, 'step'>, act: keyof Actions): Scope[] {
  const found = scopes.filter(
    ({ actions, steps, acts }) =>
      actions.includes(action) && (steps?.includes(step.id) ?? true) && (acts?.includes(act) ?? true),
  )
  if (found.length === 0) throw new Error(`${action} of ${step.id} (${act}) has no scope`)
  return found
}

function allow(
  statements: Map<string, Statement>,
  action: string,
  found: readonly Scope[],
  place: IamPlace,
  adopted: readonly Deed[],
): void {
  for (const scope of found) {
    const condition = scope.condition?.(place)
    add(statements, scope.sid, action, scope.resources(place), condition)
    const things = adopted.filter(
      ({ step, place: { region } }) => [scope.within].flat().includes(step.id) && region === place.region,
    )
    for (const { adopt = '' } of things) {
      const named = scope.resources(place).map((resource) => narrowed(resource, adopt))
      add(statements, `${scope.sid}Adopted`, action, named, openTo(condition))
    }
  }
}

function add(
  statements: Map<string, Statement>,
  sid: string,
  action: string,
  resources: readonly string[],
  condition: Condition | undefined,
): void {
  if (resources.length === 0) return
  const key = JSON.stringify([sid, condition])
  const known = statements.get(key)
  statements.set(key, {
    Sid: sid,
    Effect: 'Allow',
    Action: [...new Set([...(known?.Action ?? []), action])],
    Resource: [...new Set([...(known?.Resource ?? []), ...resources])],
    ...(condition && { Condition: condition }),
  })
}

/** The one thing instead of all of its kind; things of ELB are named by their ARNs. */
const narrowed = (resource: string, id: string): string =>
  id.startsWith('arn:') ? id : resource.replace('/*', `/${id}`)

/** The condition without the one on the thing's tags. */
function openTo(condition: Condition | undefined): Condition | undefined {
  const operators = Object.entries(condition ?? {}).flatMap(([operator, keys]) => {
    const left = Object.entries(keys).filter(([key]) => key !== ownedKey)
    return left.length === 0 ? [] : [[operator, Object.fromEntries(left)] as const]
  })
  return operators.length === 0 ? undefined : Object.fromEntries(operators)
}

/** A Sid is unique in its document ("IAM JSON policy elements: Sid"): those of further Regions are numbered. */
function withOwnSids(statements: readonly Statement[]): Statement[] {
  const seen = new Map<string, number>()
  return statements.map((statement) => {
    const count = (seen.get(statement.Sid) ?? 0) + 1
    seen.set(statement.Sid, count)
    return count === 1 ? statement : { ...statement, Sid: `${statement.Sid}${count}` }
  })
}

const documentOf = (Statement: Statement[]): PolicyDocument => ({ Version: '2012-10-17', Statement })

/** Length as IAM counts it. None of our strings holds white space. */
const lengthOf = (document: PolicyDocument): number => JSON.stringify(document).replaceAll(/\s/g, '').length

function split(statements: readonly Statement[]): PolicyDocument[] {
  const documents: PolicyDocument[] = []
  for (const statement of statements) {
    const last = documents.at(-1)
    const grown = last && documentOf([...last.Statement, statement])
    if (grown !== undefined && lengthOf(grown) <= longest) documents[documents.length - 1] = grown
    else documents.push(documentOf([statement]))
  }
  return documents
}
