import type { NormalizedSchema } from '@smithy/core/schema'

import { travelsInBody } from './json.ts'
import { membersOf, textTrait } from './model.ts'
import type { WireService } from '../../services/service.ts'

/** The XML namespace of each service's answers, from the official models (`xmlNamespace`). */
const namespaces: Record<string, string> = {
  ec2: 'http://ec2.amazonaws.com/doc/2016-11-15/',
  elasticloadbalancing: 'http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/',
  iam: 'https://iam.amazonaws.com/doc/2010-05-08/',
  sts: 'https://sts.amazonaws.com/doc/2011-06-15/',
  route53: 'https://route53.amazonaws.com/doc/2013-04-01/',
}

const prolog = '<?xml version="1.0" encoding="UTF-8"?>\n'

/** A successful answer of an EC2 Query or Query operation. */
export function writeXmlAnswer(
  service: WireService,
  operation: string,
  schema: NormalizedSchema,
  output: object,
  requestId: string,
): string {
  const namespace = namespaces[service.id] ?? ''
  const body = writeMembers(schema, output)
  if (service.protocol === 'ec2-query') {
    // EC2 answers `<return>true</return>` to operations that return nothing.
    const content = membersOf(schema).length === 0 ? '<return>true</return>' : body
    const inside = element('requestId', escape(requestId)) + content
    return `${prolog}<${operation}Response xmlns="${namespace}">${inside}</${operation}Response>`
  }
  const result = schema.isUnitSchema() ? '' : element(`${operation}Result`, body)
  const inside = result + element('ResponseMetadata', element('RequestId', escape(requestId)))
  return `${prolog}<${operation}Response xmlns="${namespace}">${inside}</${operation}Response>`
}

/** The body of a rest-xml answer: the output by its own name, without what travels in headers. */
export function writeRestXmlBody(service: WireService, schema: NormalizedSchema, output: object): string {
  const name = schema.getName() ?? 'Response'
  const body = membersOf(schema).filter(([, member]) => travelsInBody(member))
  const inside = writeEach(body, output)
  return `${prolog}<${name} xmlns="${namespaces[service.id] ?? ''}">${inside}</${name}>`
}

/** An error of an EC2 Query, Query or rest-xml operation. */
export function writeXmlError(
  service: WireService,
  error: { code: string; message: string; status: number },
  requestId: string,
): string {
  const said = element('Code', escape(error.code)) + element('Message', escape(error.message))
  if (service.protocol === 'ec2-query')
    return `${prolog}${element('Response', element('Errors', element('Error', said)) + element('RequestID', escape(requestId)))}`
  const type = element('Type', error.status < 500 ? 'Sender' : 'Receiver')
  const inside = element('Error', type + said) + element('RequestId', escape(requestId))
  return `${prolog}<ErrorResponse xmlns="${namespaces[service.id] ?? ''}">${inside}</ErrorResponse>`
}

const writeMembers = (schema: NormalizedSchema, value: unknown): string => writeEach(membersOf(schema), value)

function writeEach(members: [string, NormalizedSchema][], value: unknown): string {
  if (typeof value !== 'object' || value === null) return ''
  const held = new Map(Object.entries(value))
  return members
    .map(([name, member]) => writeMember(textTrait(member, 'xmlName') ?? name, member, held.get(name)))
    .join('')
}

function writeMember(name: string, schema: NormalizedSchema, value: unknown): string {
  if (value === undefined || value === null) return ''
  if (schema.isListSchema() && Array.isArray(value)) return writeList(name, schema, value)
  if (schema.isMapSchema()) return element(name, writeEntries(schema, value))
  if (schema.isStructSchema()) return element(name, writeMembers(schema, value))
  return element(name, escape(scalar(schema, value)))
}

/** An empty list is an empty element, as AWS prints it: `<groupSet/>`. */
function writeList(name: string, schema: NormalizedSchema, values: readonly unknown[]): string {
  const item = schema.getValueSchema()
  if (schema.getMergedTraits().xmlFlattened) return values.map((value) => writeMember(name, item, value)).join('')
  const itemName = textTrait(item, 'xmlName') ?? 'member'
  return element(name, values.map((value) => writeMember(itemName, item, value)).join(''))
}

function writeEntries(schema: NormalizedSchema, value: unknown): string {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : []
  return entries
    .map(([key, held]) =>
      element('entry', element('key', escape(key)) + writeMember('value', schema.getValueSchema(), held)),
    )
    .join('')
}

/** Timestamps are ISO 8601 in both protocols. */
function scalar(schema: NormalizedSchema, value: unknown): string {
  if (value instanceof Date) return value.toISOString()
  if (schema.isTimestampSchema() && typeof value === 'number') return new Date(value).toISOString()
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  return String(value)
}

const element = (name: string, content: string): string =>
  content === '' ? `<${name}/>` : `<${name}>${content}</${name}>`

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\r': '&#xD;' }

const escape = (text: string): string => text.replace(/[&<>"\r]/g, (found) => entities[found] ?? found)
