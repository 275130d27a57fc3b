import { type ContextValue, holds, like } from './policy-conditions.ts'
import { readPolicy, type Statement } from './policy-document.ts'

/** A request that a policy is to judge. */
export interface PolicyRequest {
  /** `execute-api:Invoke`, `sts:AssumeRole`, ... */
  action: string
  /** ARN; trust policies name no resource, and any value will do for them. */
  resource: string
  /** ARN of the caller, a 12-digit account, or `anonymous`. */
  principal: string
  /**
   * Condition keys such as `aws:SourceVpce`; an absent key and `undefined` are the same. Case of keys does not matter.
   */
  context: Record<string, ContextValue>
}

/** The verdict of a policy, and the statement that gives it. `none` is an implicit deny. */
export interface PolicyVerdict {
  decision: 'allow' | 'deny' | 'none'
  /** The statement's Sid, or its index when it has none. */
  statement?: string
  why: string
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

/** Tells why a statement does not apply to a request; `undefined` if it does. */
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
 * An account (as its id or its root's ARN) stands for all its callers; a role's ARN stands for its sessions too.
 * Neither an ARN nor an account matches an anonymous caller (IAM User Guide, "AWS JSON policy elements: Principal").
 */
function matchesPrincipal(name: string, caller: string): boolean {
  if (name === '*' || name === caller) return true
  const account = /^(?:arn:[\w-]+:iam::)?(\d{12})(?::root)?$/.exec(name)?.[1]
  if (account !== undefined) return caller === account || caller.split(':')[4] === account
  const role = /^arn:([\w-]+):iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/.exec(name)
  if (role === null) return false
  return caller.startsWith(`arn:${role[1]}:sts::${role[2]}:assumed-role/${role[3]}/`)
}
