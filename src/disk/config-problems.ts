import { closest, distance } from 'fastest-levenshtein'
import * as z from 'zod'

/** One mistake in a config. */
export interface Problem {
  path: readonly PropertyKey[]
  /** Whether the message points at the key or at the value. */
  at: 'key' | 'value'
  /** In words; `source` is the text of the value as it stands in the file. */
  describe(source: string | undefined): string
}

type Issue = z.core.$ZodIssue
type Path = readonly PropertyKey[]

/** The mistakes that a schema finds in a value, in words. */
export function problemsOf(issues: readonly Issue[], schema: z.ZodType, value: unknown): Problem[] {
  const known = namesFrom(schema)
  const explain = (issue: Issue, base: Path): Problem[] => {
    const path = [...base, ...issue.path]
    const here = valueAt(value, path)
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        path: [...path, key],
        at: 'key',
        describe: () =>
          `unknown key${meant(
            key,
            known(path, value).filter((name) => !isIn(here, name)),
          )}`,
      }))
    }
    if (issue.code === 'invalid_union' && issue.errors.length > 0) {
      return nearest(issue.errors).flatMap((inner) => explain(inner, path))
    }
    return [{ path, at: 'value', describe: (source) => sentence(issue, here, source) }]
  }
  return issues.flatMap((issue) => explain(issue, []))
}

/** The user meant the form of the union that the value resembles most. */
const nearest = (alternatives: readonly (readonly Issue[])[]): readonly Issue[] => {
  const weight = (issues: readonly Issue[]) =>
    issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 1), 0)
  return alternatives.toSorted((a, b) => weight(a) - weight(b))[0] ?? []
}

function sentence(issue: Issue, value: unknown, source: string | undefined): string {
  const choices = choicesOf(issue)
  if (choices !== undefined) {
    const expected = `expected ${choices.map((choice) => JSON.stringify(choice)).join(' or ')}`
    return value === undefined
      ? `missing; ${expected}`
      : `${expected}, got ${shown(value)}${meant(String(value), choices.map(String))}`
  }
  // A schema's own sentence is quoted; zod's generated sentences all begin alike.
  if (!/^(Invalid|Too (big|small)|Unrecognized)/.test(issue.message)) {
    return value === undefined && issue.code === 'invalid_type' ? `missing; ${issue.message}` : issue.message
  }
  if (issue.code === 'invalid_type') {
    if (value === undefined) return `missing; expected ${withArticle(issue.expected)}`
    const sentence = `expected ${withArticle(issue.expected)}, got ${shown(value)}`
    if (issue.expected !== 'string' || typeof value !== 'number' || source === undefined) return sentence
    return `${sentence}: put it in quotes, "${source}"${source.startsWith('0') ? ' (without them YAML drops the zeros)' : ''}`
  }
  const said = issue.message.replace(/^Invalid [a-z0-9 ]+: (must )?/i, 'must ').replace(/^Too (big|small): /, '')
  return `${said}, got ${shown(value)}`
}

function choicesOf(issue: Issue): readonly unknown[] | undefined {
  if (issue.code === 'invalid_value') return issue.values
  return issue.code === 'invalid_union' && 'options' in issue && Array.isArray(issue.options)
    ? issue.options
    : undefined
}

const names: Readonly<Record<string, string>> = {
  string: 'text',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping (name: value)',
  record: 'a mapping (name: value)',
}

const withArticle = (kind: string): string => names[kind] ?? kind

function shown(value: unknown): string {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a mapping'
  return JSON.stringify(value)
}

/** `; did you mean "x"?` if one of the names is only a slip away. */
function meant(given: string, candidates: readonly string[]): string {
  if (candidates.length === 0) return ''
  const name = closest(given, [...candidates])
  const near = distance(given.toLowerCase(), name.toLowerCase()) <= Math.max(2, Math.floor(name.length / 3))
  return near ? `; did you mean "${name}"?` : `; known here: ${candidates.join(', ')}`
}

const isIn = (value: unknown, name: string): boolean => typeof value === 'object' && value !== null && name in value

const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    // An object or array is a record of its members.
    (at, part) => (typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[part] : undefined),
    value,
  )

type Json = z.core.JSONSchema.JSONSchema

/** The names that a schema allows at a path, of the forms that fit what the value says so far. */
function namesFrom(schema: z.ZodType): (path: Path, value: unknown) => string[] {
  let root: Json | undefined
  const resolved = (part: Json): Json[] => {
    const name = part.$ref?.replace('#/$defs/', '')
    const target = name === undefined ? undefined : root?.$defs?.[name]
    const forms = [...(part.anyOf ?? []), ...(part.oneOf ?? []), ...(part.allOf ?? [])]
    return [
      ...(target === undefined ? [part] : resolved(target)),
      ...forms.flatMap((form) => asSchemas(form, resolved)),
    ]
  }
  return (path, value) => {
    root ??= z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
    let forms = resolved(root)
    for (const [depth, part] of path.entries()) {
      const here = valueAt(value, path.slice(0, depth))
      forms = forms.filter((form) => fits(form, here)).flatMap((form) => membersOf(form, part).flatMap(resolved))
    }
    const fitting = forms.filter((form) => fits(form, valueAt(value, path)))
    return [...new Set(fitting.flatMap((form) => Object.keys(form.properties ?? {})))]
  }
}

const asSchemas = (form: Json | boolean, then: (form: Json) => Json[]): Json[] =>
  typeof form === 'boolean' ? [] : then(form)

function membersOf(form: Json, part: PropertyKey): Json[] {
  const members = [form.properties?.[String(part)] ?? form.additionalProperties, form.items].flat()
  return members.filter((member) => typeof member === 'object' && member !== null)
}

/** Whether a form's constants agree with the value: which branch of a union is meant. */
const fits = (form: Json, value: unknown): boolean =>
  Object.entries(form.properties ?? {}).every(
    ([name, member]) =>
      typeof member === 'boolean' ||
      member.const === undefined ||
      !isIn(value, name) ||
      valueAt(value, [name]) === member.const,
  )
