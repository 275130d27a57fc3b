import ipaddr from 'ipaddr.js'

/** One key of one operator of a Condition element. */
export interface Condition {
  operator: string
  key: string
  values: string[]
}

/** Whether the operator exists here and its values suit it; an address range must be one. */
export function isSoundCondition({ operator, values }: Condition): boolean {
  if (operator === 'Null') return true
  const compare = comparison(operator)
  if (compare === undefined) return false
  return compare.test !== inRange || values.every((value) => value.includes('${') || readRange(value) !== undefined)
}

interface Comparison {
  test: (pattern: string, value: string) => boolean
  negated: boolean
  ifExists: boolean
  quantifier: string | undefined
}

const tests: Record<string, (pattern: string, value: string) => boolean> = {
  StringEquals: (pattern, value) => pattern === value,
  StringEqualsIgnoreCase: (pattern, value) => pattern.toLowerCase() === value.toLowerCase(),
  StringLike: like,
  ArnEquals: likeArn,
  ArnLike: likeArn,
  IpAddress: inRange,
  Bool: (pattern, value) => pattern.toLowerCase() === value.toLowerCase(),
}

/** `StringNotEqualsIfExists` and its like, taken apart; `undefined` for an operator that is not modelled. */
function comparison(operator: string): Comparison | undefined {
  const parts = /^(?:(ForAllValues|ForAnyValue):)?(.+?)(IfExists)?$/.exec(operator)
  if (parts?.[2] === undefined) return undefined
  const positive = parts[2] === 'NotIpAddress' ? 'IpAddress' : parts[2].replace(/^(String|Arn)Not/, '$1')
  const test = tests[positive]
  return test && { test, negated: positive !== parts[2], ifExists: parts[3] !== undefined, quantifier: parts[1] }
}

/** The value of a key in a request; several values where the key is multivalued, as `aws:TagKeys` is. */
export type ContextValue = string | readonly string[] | undefined

/**
 * Values of one key are alternatives; a negated operator wants none of them and so matches a key that is absent
 * (IAM User Guide, "Condition operators"). Of several values in the request, all or any must match, as the quantifier
 * says; without one, any.
 */
export function holds(condition: Condition, context: ReadonlyMap<string, ContextValue>): boolean {
  const value = context.get(condition.key.toLowerCase())
  if (condition.operator === 'Null') return condition.values.includes(String(value === undefined))
  const compare = comparison(condition.operator)
  if (compare === undefined) return false
  if (value === undefined) {
    if (compare.quantifier === 'ForAnyValue') return false
    return compare.negated || compare.ifExists || compare.quantifier === 'ForAllValues'
  }
  const wanted = condition.values.map((text) => fillVariables(text, context))
  const matches = (one: string): boolean =>
    wanted.some((pattern) => pattern !== undefined && compare.test(pattern, one)) !== compare.negated
  const values = typeof value === 'string' ? [value] : value
  return compare.quantifier === 'ForAllValues' ? values.every(matches) : values.some(matches)
}

/** Replaces `${aws:SourceVpc}` by the request's own value; without one, the text matches nothing. */
function fillVariables(text: string, context: ReadonlyMap<string, ContextValue>): string | undefined {
  let missing = false
  const filled = text.replaceAll(/\$\{([^}]+)\}/g, (_, name: string) => {
    if (['*', '?', '$'].includes(name)) return name
    const value = context.get(name.toLowerCase())
    missing ||= typeof value !== 'string'
    return typeof value === 'string' ? value : ''
  })
  return missing ? undefined : filled
}

/** `*` is any run of characters, `?` any one. */
export function like(pattern: string, value: string): boolean {
  if (!/[*?]/.test(pattern)) return pattern === value
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll(/\*+/g, '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 's').test(value)
}

/** Each of an ARN's six parts is matched by itself (IAM User Guide, "ARN condition operators"). */
function likeArn(pattern: string, value: string): boolean {
  const wanted = pattern.split(':')
  const parts = value.split(':')
  if (wanted.length < 6 || parts.length < 6) return false
  return (
    [0, 1, 2, 3, 4].every((at) => like(wanted[at] ?? '', parts[at] ?? '')) &&
    like(wanted.slice(5).join(':'), parts.slice(5).join(':'))
  )
}

function inRange(range: string, address: string): boolean {
  if (!ipaddr.isValid(address)) return false
  const value = ipaddr.process(address)
  const read = readRange(range)
  return read !== undefined && read[0].kind() === value.kind() && value.match(read)
}

function readRange(text: string): [ipaddr.IPv4 | ipaddr.IPv6, number] | undefined {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text)
  return ipaddr.isValid(text) ? ipaddr.parseCIDR(`${text}/${text.includes(':') ? 128 : 32}`) : undefined
}
