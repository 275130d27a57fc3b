import { type Condition, isSoundCondition } from './policy-conditions.ts'

/** A document that IAM would refuse: not JSON, without statements, or with an element that does not exist. */
export class MalformedPolicy extends Error {
  override readonly name = 'MalformedPolicy'
}

/** A statement of a policy as it is evaluated. */
export interface Statement {
  label: string
  effect: 'Allow' | 'Deny'
  /** `undefined` where the document has no such element. */
  principals: string[] | undefined
  actions: Match
  resources: Match | undefined
  conditions: Condition[]
}

interface Match {
  negated: boolean
  patterns: string[]
}

/** Documents are never changed in place, only replaced: each is read once. */
const known = new WeakMap<object, Statement[]>()

/**
 * The statements of a policy document.
 *
 * @throws MalformedPolicy
 */
export function readPolicy(document: string | object): Statement[] {
  if (typeof document === 'string') return readStatements(parseJson(document))
  const statements = known.get(document) ?? readStatements(document)
  known.set(document, statements)
  return statements
}

function readStatements(parsed: unknown): Statement[] {
  if (!isRecord(parsed)) throw new MalformedPolicy('The policy is not a JSON object')
  const { Statement } = parsed
  const list = Array.isArray(Statement) ? Statement : [Statement]
  if (Statement === undefined || list.length === 0) throw new MalformedPolicy('The policy has no Statement')
  return list.map(readStatement)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new MalformedPolicy('The policy is not JSON')
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const elements = ['Sid', 'Effect', 'Principal', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition']

function readStatement(value: unknown, index: number): Statement {
  if (!isRecord(value)) throw new MalformedPolicy(`Statement ${index} is not an object`)
  const unknown = Object.keys(value).find((key) => !elements.includes(key))
  if (unknown !== undefined) throw new MalformedPolicy(`Statement ${index} has ${unknown}, which is not modelled`)
  const { Sid, Effect, Principal, Condition } = value
  const label = typeof Sid === 'string' && Sid !== '' ? Sid : String(index)
  if (Effect !== 'Allow' && Effect !== 'Deny')
    throw new MalformedPolicy(`Statement ${label} needs Effect Allow or Deny`)
  const actions = readMatch(value, 'Action', label)
  if (actions === undefined) throw new MalformedPolicy(`Statement ${label} has neither Action nor NotAction`)
  return {
    label,
    effect: Effect,
    principals: Principal === undefined ? undefined : readPrincipals(Principal, label),
    actions,
    resources: readMatch(value, 'Resource', label),
    conditions: readConditions(Condition, label),
  }
}

function readMatch(statement: Record<string, unknown>, element: string, label: string): Match | undefined {
  const plain = statement[element]
  const negated = statement[`Not${element}`]
  if (plain !== undefined && negated !== undefined) {
    throw new MalformedPolicy(`Statement ${label} has both ${element} and Not${element}`)
  }
  const value = plain ?? negated
  if (value === undefined) return undefined
  return { negated: plain === undefined, patterns: strings(value, `${element} of statement ${label}`) }
}

function readPrincipals(value: unknown, label: string): string[] {
  if (value === '*') return ['*']
  if (!isRecord(value)) throw new MalformedPolicy(`Principal of statement ${label} is neither "*" nor an object`)
  return Object.entries(value).flatMap(([kind, names]) => {
    if (!['AWS', 'Service', 'Federated', 'CanonicalUser'].includes(kind)) {
      throw new MalformedPolicy(`Principal of statement ${label} names an unknown kind, ${kind}`)
    }
    return strings(names, `Principal of statement ${label}`)
  })
}

function readConditions(value: unknown, label: string): Condition[] {
  if (value === undefined) return []
  if (!isRecord(value)) throw new MalformedPolicy(`Condition of statement ${label} is not an object`)
  return Object.entries(value).flatMap(([operator, keys]) => {
    if (!isRecord(keys)) throw new MalformedPolicy(`Condition ${operator} of statement ${label} is not an object`)
    return Object.entries(keys).map(([key, value]) => {
      const condition = { operator, key, values: strings(value, `Condition ${operator} of statement ${label}`) }
      if (!isSoundCondition(condition)) {
        throw new MalformedPolicy(
          `Condition ${operator} ${key} of statement ${label} is not modelled or has a bad value`,
        )
      }
      return condition
    })
  })
}

function strings(value: unknown, where: string): string[] {
  const list = Array.isArray(value) ? value : [value]
  return list.map((entry) => {
    if (typeof entry === 'string') return entry
    if (typeof entry === 'boolean' || typeof entry === 'number') return String(entry)
    throw new MalformedPolicy(`${where} is not a string`)
  })
}
