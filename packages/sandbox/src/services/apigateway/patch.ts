import type { PatchOperation } from '@aws-sdk/client-api-gateway'

import { badRequest } from './refusals.ts'

/**
 * The paths that may be patched: `replace /name`, `add /binaryMediaTypes/{}`; `{}` stands for one path segment, which
 * the change gets decoded (RFC 6901: `~1` is `/`, `~0` is `~`).
 */
export type PatchRules<T> = Record<string, (item: T, value: string, segments: string[]) => void>

/**
 * Applies JSON-patch-like operations to a resource, all or none. Any path without a rule is refused.
 *
 * @throws AwsError BadRequestException, in the words that AWS uses for an unknown path
 */
export function applyPatches<T extends object>(
  item: T,
  operations: readonly PatchOperation[] | undefined,
  rules: PatchRules<T>,
): void {
  const next = structuredClone(item)
  for (const { op, path, value } of operations ?? []) {
    const { change, segments } = ruleFor(rules, op ?? '', path ?? '')
    change(next, value ?? '', segments)
  }
  Object.assign(item, next)
}

function ruleFor<T>(rules: PatchRules<T>, op: string, path: string) {
  const parts = path.split('/')
  for (const [rule, change] of Object.entries(rules)) {
    const [ruleOp, rulePath = ''] = rule.split(' ')
    const wanted = rulePath.split('/')
    if (ruleOp !== op || wanted.length !== parts.length) continue
    if (!wanted.every((segment, at) => segment === '{}' || segment === parts[at])) continue
    const segments = parts.filter((_, at) => wanted[at] === '{}').map(decodeSegment)
    return { change, segments }
  }
  const known = Object.keys(rules)
    .filter((rule) => rule.startsWith(`${op} `))
    .map((rule) => rule.slice(op.length + 1))
  throw badRequest(`Invalid patch path  '${path}' specified for op '${op}'. Must be one of: [${known.join(', ')}]`)
}

const decodeSegment = (segment: string): string => segment.replaceAll('~1', '/').replaceAll('~0', '~')

/** Reads `true` or `false`. */
export function readBoolean(value: string): boolean {
  if (value !== 'true' && value !== 'false') throw badRequest(`Invalid boolean value specified: ${value}`)
  return value === 'true'
}

/** Reads a number between two bounds, both included. */
export function readNumber(value: string, least: number, most: number): number {
  const number = Number(value)
  if (value.trim() === '' || !(number >= least && number <= most)) {
    throw badRequest(`Invalid number specified: ${value} is not between ${least} and ${most}`)
  }
  return number
}

/** Reads one of a few words. */
export function readWord<const Word extends string>(value: string, words: readonly Word[]): Word {
  const word = words.find((candidate) => candidate === value)
  if (word === undefined) throw badRequest(`Invalid value specified: ${value}. Must be one of: [${words.join(', ')}]`)
  return word
}
