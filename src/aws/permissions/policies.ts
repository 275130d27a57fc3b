import type { AnyAwsStep } from '../define-step.ts'
import { ownedKey } from './conditions.ts'
import type { AccountScope, Action, Condition, Permission, Permissions } from './permission.ts'

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

/** The commands that a role can be good for. */
export const purposes = ['setup', 'verify', 'teardown'] as const

export type Purpose = (typeof purposes)[number]

/** One node of the graph, with all that its permissions follow from. */
export interface RequiredPermissions {
  step: Pick<AnyAwsStep, 'id' | 'permissions' | 'unneeded' | 'proof'>
  inputs: Readonly<Record<string, unknown>>
  /** The id of the existing thing that the config names for it: then it is only read. */
  adopt?: string | undefined
  scope: AccountScope
}

/** Longest managed policy, in characters that are not white space ("IAM and AWS STS quotas"). */
const longest = 6144

/**
 * The policies that nodes require for a purpose, as narrow as AWS allows: one document, or several where one would be
 * too long for a managed policy. None where nothing is required.
 */
export function policiesFor(purpose: Purpose, required: readonly RequiredPermissions[]): PolicyDocument[] {
  const adopted = required.filter(({ adopt }) => adopt !== undefined)
  const statements = new Map<string, Statement>()
  for (const node of required) {
    const unneeded = new Set<string>(node.step.unneeded?.(node.inputs))
    for (const part of partsOf(purpose, node)) {
      for (const permission of node.step.permissions[part] ?? []) {
        const actions = permission.actions.filter((action) => !unneeded.has(action))
        if (actions.length > 0) allow(statements, { ...permission, actions }, node, adopted)
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

/**
 * Leaves out what another statement allows on more, under the same condition. A `*` in a resource spans slashes too.
 */
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
 * The parts of a step that a purpose uses. Setup creates and updates, and ends with the proofs; only teardown deletes.
 * A lost ledger is recovered by reading everything, so every purpose needs every read.
 */
function partsOf(purpose: Purpose, { step, adopt }: RequiredPermissions): (keyof Permissions)[] {
  const isOurs = adopt === undefined
  if (purpose === 'verify') return ['read', 'check']
  if (purpose === 'teardown') return isOurs ? ['read', 'delete'] : ['read']
  return [
    'read',
    ...(isOurs ? (['create', 'update'] as const) : []),
    ...(step.proof === true ? (['check'] as const) : []),
  ]
}

function allow(
  statements: Map<string, Statement>,
  { sid, actions, resources, condition: conditionOf, within = () => [] }: Permission,
  { step, scope }: RequiredPermissions,
  adopted: readonly RequiredPermissions[],
): void {
  const condition = conditionOf?.(scope)
  add(statements, sid, actions, resources(scope), condition)
  const holders = (within === 'itself' ? [step] : within()).map(({ id }) => id)
  const things = adopted.filter(
    ({ step: { id }, scope: { region } }) => holders.includes(id) && region === scope.region,
  )
  for (const { adopt = '' } of things) {
    const named = resources(scope).map((resource) => narrowed(resource, adopt))
    add(statements, `${sid}Adopted`, actions, named, openTo(condition))
  }
}

function add(
  statements: Map<string, Statement>,
  sid: string,
  actions: readonly Action[],
  resources: readonly string[],
  condition: Condition | undefined,
): void {
  if (resources.length === 0) return
  const key = JSON.stringify([sid, condition])
  const known = statements.get(key)
  statements.set(key, {
    Sid: sid,
    Effect: 'Allow',
    Action: [...new Set([...(known?.Action ?? []), ...actions])],
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
