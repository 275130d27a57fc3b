import { parseXML } from '@aws-sdk/xml-builder'
import type { NormalizedSchema } from '@smithy/core/schema'

import { travelsInBody } from './json.ts'
import { membersOf, requiredMembers, textTrait } from './model.ts'
import { readScalar } from './query-input.ts'
import { refusals } from './refusals.ts'

/**
 * Reads the body of a rest-xml request into the input's members: what is below its root element, whatever that is
 * called.
 *
 * @throws AwsError for unknown members, missing required ones and wrong types.
 */
export function readXmlBody(schema: NormalizedSchema, body: Buffer): Record<string, unknown> {
  const members = membersOf(schema).filter(([, member]) => travelsInBody(member))
  if (members.length === 0 || body.length === 0) return {}
  return readMembers(members, rootOf(body.toString('utf8')), '')
}

function rootOf(text: string): unknown {
  try {
    const [root] = Object.values(parseXML(text) as object)
    return root
  } catch {
    throw refusals.malformed('rest-xml', 'body', text.slice(0, 40), 'XML')
  }
}

function readMembers(members: [string, NormalizedSchema][], element: unknown, at: string): Record<string, unknown> {
  const byName = new Map(members.map(([name, member]) => [textTrait(member, 'xmlName') ?? name, { name, member }]))
  const result: Record<string, unknown> = {}
  for (const [key, held] of childrenOf(element, at)) {
    const known = byName.get(key)
    if (!known) throw refusals.unknownParameter('rest-xml', at + key)
    result[known.name] = readValue(known.member, held, at + key)
  }
  return result
}

function readValue(schema: NormalizedSchema, held: unknown, at: string): unknown {
  if (schema.isListSchema()) {
    const item = schema.getValueSchema()
    const items = schema.getMergedTraits().xmlFlattened
      ? all(held)
      : below(held, textTrait(item, 'xmlName') ?? 'member', at)
    return items.map((one, index) => readValue(item, one, `${at}.${index}`))
  }
  if (schema.isMapSchema()) {
    const entries = below(held, 'entry', at).map((entry) => Object.fromEntries(childrenOf(entry, at)))
    return Object.fromEntries(
      entries.map(({ key, value }) => [String(key), readValue(schema.getValueSchema(), value, `${at}.${String(key)}`)]),
    )
  }
  if (schema.isStructSchema()) {
    const result = readMembers(membersOf(schema), held, `${at}.`)
    for (const name of requiredMembers(schema))
      if (result[name] === undefined) throw refusals.missing('rest-xml', `${at}.${name}`)
    return result
  }
  if (typeof held !== 'string') throw refusals.malformed('rest-xml', at, JSON.stringify(held), 'text')
  return readScalar('rest-xml', schema, held, at)
}

/** Elements of the same name come as a list, one alone as itself. */
const all = (held: unknown): unknown[] => (Array.isArray(held) ? held : [held])

/** The elements of a list or map, which all have the same name. */
function below(held: unknown, name: string, at: string): unknown[] {
  const children = childrenOf(held, at)
  const stranger = children.find(([key]) => key !== name)
  if (stranger) throw refusals.unknownParameter('rest-xml', `${at}.${stranger[0]}`)
  return children.flatMap(([, items]) => all(items))
}

/** The child elements of an element; an empty one is read as empty text, and its namespace as if it were a child. */
function childrenOf(element: unknown, at: string): [string, unknown][] {
  if (typeof element === 'string' && element.trim() === '') return []
  if (typeof element !== 'object' || element === null || Array.isArray(element))
    throw refusals.malformed('rest-xml', at || 'body', JSON.stringify(element), 'an element')
  return Object.entries(element).filter(([key]) => key !== '#text' && key !== 'xmlns' && !key.startsWith('xmlns:'))
}
