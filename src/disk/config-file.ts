import { readFile } from 'node:fs/promises'
import { LineCounter, parseDocument, type Document } from 'yaml'
import type * as z from 'zod'
import { PrivlinkError, exits, messageOf } from '../errors.ts'
import { problemsOf, type Problem } from './config-problems.ts'
import { locate } from './yaml-positions.ts'

/**
 * Reads a YAML file against a schema.
 *
 * @throws PrivlinkError ConfigMissing, ConfigUnreadable, or ConfigInvalid, whose message is one line per problem, all at
 *   once: `file:line:column: path: what was expected`.
 */
export async function readConfig<S extends z.ZodType>(path: string, schema: S): Promise<z.output<S>> {
  return parseConfig(await readText(path), path, schema)
}

/** As readConfig, from text; `path` only names it in the messages. */
export function parseConfig<S extends z.ZodType>(source: string, path: string, schema: S): z.output<S> {
  const lines = new LineCounter()
  const document = parseDocument(source, { lineCounter: lines, keepSourceTokens: true, prettyErrors: false })
  const syntax = document.errors.map(({ pos, message, code }) => ({
    offset: pos[0],
    path: '',
    text: code === 'DUPLICATE_KEY' ? 'this key is already given above: keep one of them' : `not valid YAML: ${message}`,
  }))
  // With duplicate keys the rest can still be read; after any other mistake its meaning is a guess.
  const readable = document.errors.every((error) => error.code === 'DUPLICATE_KEY')
  const { data, problems } = readable ? validate(document, schema) : { data: undefined, problems: [] }
  const all = [...syntax, ...problems]
  if (all.length === 0) {
    // Without a problem, validate has parsed the document by this very schema.
    return data as z.output<S>
  }
  throw invalid(path, lines, all)
}

/**
 * Checks a config that is an object already.
 *
 * @throws PrivlinkError ConfigInvalid, whose message is one line per problem: `path: what was expected`.
 */
export function checkConfig<S extends z.ZodType>(value: unknown, schema: S): z.output<S> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const sentences = problemsOf(parsed.error.issues, schema, value).map(({ path, describe }) =>
    [...(path.length === 0 ? [] : [printed(path)]), describe(undefined)].join(': '),
  )
  throw new PrivlinkError('ConfigInvalid', [...new Set(sentences)].join('\n'), { exit: exits.usage })
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    throw missing
      ? new PrivlinkError('ConfigMissing', `There is no config file ${path}`, {
          hint: 'Name yours with --config FILE; examples/config.yaml shows what goes into it.',
          exit: exits.usage,
          cause,
        })
      : new PrivlinkError('ConfigUnreadable', `The config file ${path} cannot be read: ${messageOf(cause)}`, {
          hint: 'Make it readable, or name another with --config FILE.',
          exit: exits.usage,
          cause,
        })
  }
}

type Located = { offset: number; path: string; text: string }

function validate(document: Document.Parsed, schema: z.ZodType): { data: unknown; problems: Located[] } {
  if (document.contents === null) return { data: undefined, problems: [{ offset: 0, path: '', text: 'it is empty' }] }
  let value: unknown
  try {
    value = document.toJS()
  } catch (cause) {
    // An alias without its anchor, or one that unfolds without end.
    return { data: undefined, problems: [{ offset: 0, path: '', text: messageOf(cause) }] }
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return { data: parsed.data, problems: [] }
  const place = (problem: Problem): Located => {
    const { offset, source } = locate(document, problem.path, problem.at)
    return { offset, path: printed(problem.path), text: problem.describe(source) }
  }
  return { data: undefined, problems: problemsOf(parsed.error.issues, schema, value).map(place) }
}

const printed = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (all, part) =>
      typeof part === 'number' ? `${all}[${part}]` : all === '' ? String(part) : `${all}.${String(part)}`,
    '',
  )

function invalid(file: string, lines: LineCounter, problems: readonly Located[]): PrivlinkError {
  const sentences = problems
    .toSorted((a, b) => a.offset - b.offset)
    .map(({ offset, path, text }) => {
      const { line, col } = lines.linePos(offset)
      return [`${file}:${Math.max(1, line)}:${Math.max(1, col)}`, ...(path === '' ? [] : [path]), text].join(': ')
    })
  return new PrivlinkError('ConfigInvalid', [...new Set(sentences)].join('\n'), { exit: exits.usage })
}
