import { type Condition, type ContextValue, holds, isSoundCondition, like } from './policy-conditions.ts'

/** What is asked of a policy. */
export interface PolicyRequest {
  /** `execute-api:Invoke`, `sts:AssumeRole`, ... */
  action: string
  /** ARN; trust policies name no resource, and any value will do for them. */
  resource: string
  /** ARN of the caller, a 12-digit account, or `anonymous`. */
  principal: string
  /** Condition keys such as `aws:SourceVpce`; an absent key and `undefined` are the same. Case of keys does not matter. */
  context: Record<string, ContextValue>
}

/** What a policy says, and which statement says it. `none` is an implicit deny. */
export interface PolicyVerdict {
  decision: 'allow' | 'deny' | 'none'
  /** The statement's Sid, or its index when it has none. */
  statement?: string
  why: string
}

/** A document that IAM would refuse: not JSON, without statements, or with an element that does not exist. */
export class MalformedPolicy extends Error {
  override readonly name = 'MalformedPolicy'
}

interface Statement {
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

/**
 * Evaluates one policy document as IAM does (IAM User Guide, "Policy evaluation logic" and "JSON policy elements"): an
 * explicit Deny wins, then an Allow, else nothing is said. Modelled are Effect, Principal, (Not)Action, (Not)Resource
 * and Condition; NotPrincipal and unknown condition operators are refused rather than ignored.
 *
 * @throws MalformedPolicy
 */
export function evaluatePolicy(document: string | object, request: PolicyRequest): PolicyVerdict {
  const statements = readPolicy(document)
  const misses: string[] = []
  let allowed: PolicyVerdict | undefined
  for (const statement of statements) {
    const miss = mismatch(statement, request)
    if (miss !== undefined) {
      misses.push(`statement ${statement.label} (${statement.effect}) does not apply: ${miss}`)
    } else if (statement.effect === 'Deny') {
      return { decision: 'deny', statement: statement.label, why: `statement ${statement.label} denies it` }
    } else {
      allowed ??= { decision: 'allow', statement: statement.label, why: `statement ${statement.label} allows it` }
    }
  }
  return allowed ?? { decision: 'none', why: `no statement allows it: ${misses.join('; ')}` }
}

/**
 * Checks that a document is a policy, without asking it anything.
 *
 * @throws MalformedPolicy
 */
export function checkPolicy(document: string | object): void {
  readPolicy(document)
}

function readPolicy(document: string | object): Statement[] {
  const parsed = typeof document === 'string' ? parseJson(document) : document
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

/** Why a statement does not apply to a request, or `undefined` if it does. */
function mismatch(statement: Statement, request: PolicyRequest): string | undefined {
  const { principals, actions, resources } = statement
  if (principals !== undefined && !principals.some((name) => matchesPrincipal(name, request.principal))) {
    return `Principal is ${principals.join(', ')}, the caller is ${request.principal}`
  }
  const action = request.action.toLowerCase()
  if (actions.patterns.some((pattern) => like(pattern.toLowerCase(), action)) === actions.negated) {
    return `${actions.negated ? 'NotAction' : 'Action'} is ${actions.patterns.join(', ')}`
  }
  if (
    resources !== undefined &&
    resources.patterns.some((pattern) => like(pattern, request.resource)) === resources.negated
  ) {
    return `${resources.negated ? 'NotResource' : 'Resource'} is ${resources.patterns.join(', ')}`
  }
  const context = new Map(Object.entries(request.context).map(([key, value]) => [key.toLowerCase(), value]))
  const failed = statement.conditions.find((condition) => !holds(condition, context))
  if (failed === undefined) return undefined
  const had = [context.get(failed.key.toLowerCase()) ?? 'absent'].flat().join(', ')
  return `${failed.operator} ${failed.key} wants ${failed.values.join(', ')}, it is ${had}`
}

/**
 * An account (as its id or its root's ARN) stands for all its callers; a role's ARN stands for its sessions too. Neither
 * an ARN nor an account matches an anonymous caller (IAM User Guide, "AWS JSON policy elements: Principal").
 */
function matchesPrincipal(name: string, caller: string): boolean {
  if (name === '*' || name === caller) return true
  const account = /^(?:arn:[\w-]+:iam::)?(\d{12})(?::root)?$/.exec(name)?.[1]
  if (account !== undefined) return caller === account || caller.split(':')[4] === account
  const role = /^arn:([\w-]+):iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/.exec(name)
  if (role === null) return false
  return caller.startsWith(`arn:${role[1]}:sts::${role[2]}:assumed-role/${role[3]}/`)
}
