import type { NormalizedSchema } from '@smithy/core/schema'

import { hasTrait, membersOf, requiredMembers, textTrait } from './model.ts'
import type { WireService } from '../../services/service.ts'
import { refusals } from './refusals.ts'

type Protocol = Extract<WireService['protocol'], 'json' | 'rest-json'>

/** Whether a member of an input travels in the body, not in the path, the query string, a header or as the payload. */
export const travelsInBody = (member: NormalizedSchema): boolean =>
  !['httpLabel', 'httpQuery', 'httpQueryParams', 'httpHeader', 'httpPayload'].some((trait) => hasTrait(member, trait))

/** The JSON of a request's body; nothing is an empty object. */
export function parseBody(protocol: Protocol, body: Buffer): unknown {
  if (body.length === 0) return {}
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    throw refusals.malformed(protocol, 'body', body.toString('utf8').slice(0, 40), 'JSON')
  }
}

/**
 * Reads a JSON body into the input's members. `null` is the same as absent, as for AWS's own parsers.
 *
 * @throws AwsError for unknown members, missing required ones and wrong types.
 */
export function readJsonBody(protocol: Protocol, schema: NormalizedSchema, body: unknown): Record<string, unknown> {
  const members = membersOf(schema).filter(([, member]) => travelsInBody(member))
  return readMembers(protocol, members, body ?? {}, '')
}

function readMembers(
  protocol: Protocol,
  members: [string, NormalizedSchema][],
  value: unknown,
  at: string,
): Record<string, unknown> {
  if (!isObject(value)) throw refusals.malformed(protocol, at || 'body', JSON.stringify(value), 'an object')
  const byName = new Map(members.map(([name, member]) => [textTrait(member, 'jsonName') ?? name, { name, member }]))
  const result: Record<string, unknown> = {}
  for (const [key, held] of Object.entries(value)) {
    const known = byName.get(key)
    if (!known) throw refusals.unknownParameter(protocol, at + key)
    if (held !== null) result[known.name] = readValue(protocol, known.member, held, at + key)
  }
  return result
}

function readValue(protocol: Protocol, schema: NormalizedSchema, value: unknown, at: string): unknown {
  const wrong = (wanted: string) => refusals.malformed(protocol, at, JSON.stringify(value), wanted)
  if (schema.isListSchema()) {
    if (!Array.isArray(value)) throw wrong('a list')
    return value.map((item, index) => readValue(protocol, schema.getValueSchema(), item, `${at}.${index}`))
  }
  if (schema.isMapSchema()) {
    if (!isObject(value)) throw wrong('an object')
    const entries = Object.entries(value).filter(([, held]) => held !== null)
    return Object.fromEntries(
      entries.map(([key, held]) => [key, readValue(protocol, schema.getValueSchema(), held, `${at}.${key}`)]),
    )
  }
  if (schema.isStructSchema()) {
    const result = readMembers(protocol, membersOf(schema), value, `${at}.`)
    for (const name of requiredMembers(schema))
      if (result[name] === undefined) throw refusals.missing(protocol, `${at}.${name}`)
    return result
  }
  if (schema.isBooleanSchema() && typeof value !== 'boolean') throw wrong('a boolean')
  if (schema.isNumericSchema() && typeof value !== 'number') throw wrong('a number')
  if (schema.isStringSchema() && typeof value !== 'string') throw wrong('a string')
  if (schema.isTimestampSchema()) {
    if (typeof value !== 'number') throw wrong('a timestamp in seconds')
    return new Date(value * 1000)
  }
  return schema.isBlobSchema() ? Buffer.from(String(value), 'base64') : value
}

/** The JSON of an output: timestamps are epoch seconds, blobs base64, names as the wire has them. */
export function writeJson(schema: NormalizedSchema, value: unknown): unknown {
  if (value === undefined || value === null) return undefined
  if (schema.isListSchema() && Array.isArray(value)) {
    return value.map((item: unknown) => writeJson(schema.getValueSchema(), item) ?? null)
  }
  if (schema.isMapSchema() && isObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, held]) => [key, writeJson(schema.getValueSchema(), held)]),
    )
  }
  if (schema.isStructSchema() && isObject(value)) {
    const members = membersOf(schema).map(([name, member]) => [
      textTrait(member, 'jsonName') ?? name,
      writeJson(member, value[name]),
    ])
    return Object.fromEntries(members)
  }
  if (value instanceof Date) return value.getTime() / 1000
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
