import type { NormalizedSchema } from '@smithy/core/schema'

import { parseBody, readJsonBody, travelsInBody, writeJson } from './json.ts'
import { hasTrait, membersOf, modelOf, type OperationModel, requiredMembers, textTrait } from './model.ts'
import type { WireService } from '../../services/service.ts'
import { readScalar } from './query-input.ts'
import { refusals } from './refusals.ts'
import { readXmlBody } from './xml-input.ts'
import { writeRestXmlBody } from './xml.ts'
import type { AwsError } from '../../state/aws-error.ts'

type RestProtocol = Extract<WireService['protocol'], 'rest-json' | 'rest-xml'>

export interface RestRequest {
  method: string
  /** The path as on the wire, still percent-encoded: an ARN in a label keeps its slashes. */
  path: string
  query: URLSearchParams
  headers: Record<string, string>
  body: Buffer
}

export interface RestAnswer {
  status: number
  headers: Record<string, string>
  body: Buffer
}

/** An operation that a request's method and path name, with the labels of its path. */
export interface Routed {
  operation: OperationModel
  labels: Record<string, string>
}

/** Finds the operation by the method, the path template and the literal query (`?mode=import`) of the model. */
export function routeRest(service: WireService, request: RestRequest): Routed | undefined {
  const segments = trim(request.path).split('/')
  let best: (Routed & { score: number }) | undefined
  for (const operation of modelOf(service).operations.values()) {
    if (operation.http?.method !== request.method) continue
    const [template = '', literals] = operation.http.path.split('?')
    const matched = matchPath(trim(template).split('/'), segments)
    const wanted = [...new URLSearchParams(literals)]
    if (!matched || !wanted.every(([key, value]) => request.query.get(key) === value)) continue
    const score = matched.literals + wanted.length
    if (!best || score > best.score) best = { operation, labels: matched.labels, score }
  }
  return best
}

const trim = (path: string): string => path.replace(/^\/|\/$/g, '')

function matchPath(template: string[], segments: string[]) {
  const labels: Record<string, string> = {}
  let literals = 0
  for (const [index, part] of template.entries()) {
    const label = /^\{(.+?)(\+)?\}$/.exec(part)
    if (label?.[2] !== undefined) {
      const rest = segments.slice(index)
      if (rest.length === 0) return undefined
      labels[label[1] ?? ''] = rest.map(decode).join('/')
      return { labels, literals }
    }
    const segment = segments[index]
    if (segment === undefined || segment === '') return undefined
    if (label) labels[label[1] ?? ''] = decode(segment)
    else if (part === segment) literals += 1
    else return undefined
  }
  return template.length === segments.length ? { labels, literals } : undefined
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

/**
 * Reads a request into the SDK's input type: labels, query string, headers, and the body as JSON or XML or, where the
 * model says so, as the payload itself.
 *
 * @throws AwsError for unknown, missing or malformed parameters.
 */
export function readRestInput(
  protocol: RestProtocol,
  { operation, labels }: Routed,
  { query, headers, body }: RestRequest,
): object {
  const input = readQueryString(protocol, operation, query)
  const members = membersOf(operation.input)
  for (const [name, member] of members) {
    const header = textTrait(member, 'httpHeader')?.toLowerCase()
    if (hasTrait(member, 'httpLabel')) input[name] = readScalar(protocol, member, labels[name] ?? '', name)
    else if (header !== undefined && headers[header] !== undefined) input[name] = headers[header]
    else if (hasTrait(member, 'httpPayload') && body.length > 0) input[name] = body
  }
  const payload = members.some(([, member]) => hasTrait(member, 'httpPayload'))
  if (!payload && protocol === 'rest-xml') Object.assign(input, readXmlBody(operation.input, body))
  if (!payload && protocol === 'rest-json')
    Object.assign(input, readJsonBody(protocol, operation.input, parseBody(protocol, body)))
  for (const name of requiredMembers(operation.input))
    if (input[name] === undefined) throw refusals.missing(protocol, name)
  return input
}

function readQueryString(
  protocol: RestProtocol,
  { input, http }: OperationModel,
  query: URLSearchParams,
): Record<string, unknown> {
  const literals = new URLSearchParams(http?.path.split('?')[1])
  const byKey = new Map(membersOf(input).map(([name, member]) => [textTrait(member, 'httpQuery'), { name, member }]))
  const catchAll = membersOf(input).find(([, member]) => hasTrait(member, 'httpQueryParams'))?.[0]
  const result: Record<string, unknown> = {}
  const rest: Record<string, string> = {}
  for (const key of new Set(query.keys())) {
    if (literals.has(key)) continue
    const values = query.getAll(key)
    const known = byKey.get(key)
    if (known?.member.isListSchema()) {
      result[known.name] = values
    } else if (known) {
      result[known.name] = readScalar(protocol, known.member, values[0] ?? '', known.name)
    } else if (catchAll === undefined) {
      throw refusals.unknownParameter(protocol, key)
    } else {
      rest[key] = values[0] ?? ''
    }
  }
  if (catchAll !== undefined && Object.keys(rest).length > 0) result[catchAll] = rest
  return result
}

/** A successful answer: headers and payload where the model has them, else the members as JSON. */
export function writeRestAnswer(operation: OperationModel, output: object): RestAnswer {
  const held: Record<string, unknown> = { ...output }
  const { headers, payload, rest, status = operation.http?.status ?? 200 } = divide(operation.output, held)
  if (payload !== undefined) return { status, headers, body: payload }
  // API Gateway answers its deletions (202, 204) without a body.
  if (operation.output.isUnitSchema() || status === 204) return { status, headers, body: Buffer.alloc(0) }
  const body = Buffer.from(JSON.stringify(rest))
  return { status, headers: { 'content-type': 'application/json', ...headers }, body }
}

/** Writes an answer as XML: status and headers by the model (`Location`), the other members below the output's name. */
export function writeRestXmlAnswer(service: WireService, operation: OperationModel, output: object): RestAnswer {
  const { headers } = divide(operation.output, { ...output })
  const body = Buffer.from(writeRestXmlBody(service, operation.output, output))
  return { status: operation.http?.status ?? 200, headers: { 'content-type': 'text/xml', ...headers }, body }
}

function divide(schema: NormalizedSchema, held: Record<string, unknown>) {
  const headers: Record<string, string> = {}
  const rest: Record<string, unknown> = {}
  let payload: Buffer | undefined
  let status: number | undefined
  for (const [name, member] of membersOf(schema)) {
    const value = held[name]
    const header = textTrait(member, 'httpHeader')?.toLowerCase()
    if (value === undefined || value === null) continue
    if (hasTrait(member, 'httpResponseCode')) status = Number(value)
    else if (header !== undefined) headers[header] = String(value)
    else if (hasTrait(member, 'httpPayload')) {
      payload = value instanceof Uint8Array ? Buffer.from(value) : Buffer.from(JSON.stringify(writeJson(member, value)))
      // An output's `httpQuery` trait says nothing about answers: GetResources' `position` is in the body.
    } else if (travelsInBody(member) || hasTrait(member, 'httpQuery')) {
      rest[textTrait(member, 'jsonName') ?? name] = writeJson(member, value)
    }
  }
  return { headers, payload, rest, ...(status !== undefined && { status }) }
}

/** An error: its code in `x-amzn-errortype`, its members where the model puts them (`Retry-After` is a header). */
export function writeRestError(service: WireService, error: AwsError, status: number): RestAnswer {
  const schema = modelOf(service).errors.get(error.code)?.schema
  const detail = Object.entries(error.detail)
  const modelled = schema ? divide(schema, { ...error.detail }) : { headers: {}, rest: Object.fromEntries(detail) }
  return {
    status,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': error.code, ...modelled.headers },
    body: Buffer.from(JSON.stringify({ ...modelled.rest, message: error.message })),
  }
}
