import type { NormalizedSchema } from '@smithy/core/schema'

import { membersOf, requiredMembers, textTrait } from './model.ts'
import { refusals } from './refusals.ts'

type QueryProtocol = 'ec2-query' | 'query'

interface Node {
  value?: string
  children: Map<string, Node>
}

/**
 * Reads the form of an AWS Query or EC2 Query request into the SDK's input type. Empty lists, which clients write as
 * `Name=`, are empty lists.
 *
 * @throws AwsError for an unknown, missing or malformed parameter.
 */
export function readQueryInput(protocol: QueryProtocol, schema: NormalizedSchema, form: URLSearchParams): object {
  const root: Node = { children: new Map() }
  for (const [key, value] of form) {
    if (key === 'Action' || key === 'Version') continue
    let node = root
    for (const part of key.split('.')) {
      const child = node.children.get(part) ?? { children: new Map() }
      node.children.set(part, child)
      node = child
    }
    node.value = value
  }
  return readStructure({ protocol }, schema, root, '')
}

interface Reader {
  protocol: QueryProtocol
}

function readStructure(reader: Reader, schema: NormalizedSchema, node: Node, at: string): Record<string, unknown> {
  const members = new Map(membersOf(schema).map(([name, member]) => [wireName(reader, name, member), { name, member }]))
  const result: Record<string, unknown> = {}
  for (const [key, child] of node.children) {
    const known = members.get(key)
    if (!known) throw refusals.unknownParameter(reader.protocol, join(at, key))
    result[known.name] = readValue(reader, known.member, child, join(at, key))
  }
  for (const name of requiredMembers(schema))
    if (result[name] === undefined) throw refusals.missing(reader.protocol, join(at, name))
  return result
}

function readValue(reader: Reader, schema: NormalizedSchema, node: Node, at: string): unknown {
  if (schema.isListSchema()) return readList(reader, schema, node, at)
  if (schema.isMapSchema()) return readMap(reader, schema, node, at)
  if (schema.isStructSchema()) return readStructure(reader, schema, node, at)
  const [nested] = node.children.keys()
  if (nested !== undefined) throw refusals.unknownParameter(reader.protocol, join(at, nested))
  return readScalar(reader.protocol, schema, node.value ?? '', at)
}

function readList(reader: Reader, schema: NormalizedSchema, node: Node, at: string): unknown[] {
  const item = schema.getValueSchema()
  const wrapper = reader.protocol === 'ec2-query' || schema.getMergedTraits().xmlFlattened ? undefined : 'member'
  const holder = wrapper === undefined ? node : (node.children.get(textTrait(item, 'xmlName') ?? wrapper) ?? node)
  return numbered(reader, holder, at).map(([index, child]) => readValue(reader, item, child, join(at, index)))
}

function readMap(reader: Reader, schema: NormalizedSchema, node: Node, at: string): Record<string, unknown> {
  const holder = node.children.get('entry') ?? node
  const entries = numbered(reader, holder, at).map(([index, child]) => {
    const value = child.children.get('value') ?? { children: new Map() }
    return [child.children.get('key')?.value ?? '', readValue(reader, schema.getValueSchema(), value, join(at, index))]
  })
  return Object.fromEntries(entries)
}

function numbered(reader: Reader, node: Node, at: string): [string, Node][] {
  for (const key of node.children.keys())
    if (!/^\d+$/.test(key)) throw refusals.unknownParameter(reader.protocol, join(at, key))
  return [...node.children].sort(([a], [b]) => Number(a) - Number(b))
}

/** Reads text as the schema's simple type. */
export function readScalar(
  protocol: QueryProtocol | 'rest-json' | 'rest-xml',
  schema: NormalizedSchema,
  text: string,
  at: string,
): unknown {
  if (schema.isBooleanSchema()) {
    if (/^true$/i.test(text)) return true
    if (/^false$/i.test(text)) return false
    throw refusals.malformed(protocol, at, text, 'a boolean')
  }
  if (schema.isNumericSchema()) {
    if (text.trim() !== '' && Number.isFinite(Number(text))) return Number(text)
    throw refusals.malformed(protocol, at, text, 'a number')
  }
  if (schema.isTimestampSchema()) {
    const time = new Date(text)
    if (Number.isNaN(time.getTime())) throw refusals.malformed(protocol, at, text, 'a timestamp')
    return time
  }
  return schema.isBlobSchema() ? Buffer.from(text, 'base64') : text
}

const join = (at: string, key: string): string => (at === '' ? key : `${at}.${key}`)

/** EC2 Query names a parameter by its own trait or by its capitalised XML name; plain Query by the XML name. */
function wireName(reader: Reader, name: string, schema: NormalizedSchema): string {
  const xmlName = textTrait(schema, 'xmlName') ?? name
  return reader.protocol === 'query' ? xmlName : (textTrait(schema, 'ec2QueryName') ?? capitalise(xmlName))
}

const capitalise = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)
