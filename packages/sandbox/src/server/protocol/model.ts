import { NormalizedSchema } from '@smithy/core/schema'
import type { $SchemaRef } from '@smithy/types'

import type { WireService } from '../../services/service.ts'

/** An operation as the SDK's schema describes it. */
export interface OperationModel {
  name: string
  input: NormalizedSchema
  output: NormalizedSchema
  /** rest-json only: method, path template and status of success. */
  http?: { method: string; path: string; status: number }
}

/** An error as the SDK's schema describes it. */
interface ErrorModel {
  schema: NormalizedSchema
  status: number
}

interface ServiceModel {
  operations: Map<string, OperationModel>
  /** Errors by wire code and by shape name. */
  errors: Map<string, ErrorModel>
}

const models = new WeakMap<object, ServiceModel>()

/** The operations and errors of a service, read once from the schemas that its SDK client exports. */
export function modelOf(service: WireService): ServiceModel {
  const known = models.get(service.model)
  if (known) return known
  const model: ServiceModel = { operations: new Map(), errors: new Map() }
  for (const exported of Object.values(service.model)) {
    if (!Array.isArray(exported)) continue
    // Smithy's static schemas are tuples: 9 is an operation, -3 an error; then namespace, name, traits, members.
    const [kind, , name, traits, input, output] = exported as [number, string, string, unknown, $SchemaRef, $SchemaRef]
    if (kind === 9) model.operations.set(name, readOperation(name, traits, input, output))
    if (kind === -3) addError(model.errors, name, traits, exported)
  }
  models.set(service.model, model)
  return model
}

function readOperation(name: string, traits: unknown, input: $SchemaRef, output: $SchemaRef): OperationModel {
  const operation = { name, input: schemaOf(input), output: schemaOf(output) }
  const http = traitOf(traits, 'http')
  if (!Array.isArray(http)) return operation
  const [method, path, status] = http
  return { ...operation, http: { method: String(method), path: String(path), status: Number(status) } }
}

function addError(errors: Map<string, ErrorModel>, name: string, traits: unknown, exported: unknown[]): void {
  const status = traitOf(traits, 'httpError')
  // An error's own tuple is a schema reference of the same package.
  const model = {
    schema: schemaOf(exported as unknown as $SchemaRef),
    status: typeof status === 'number' ? status : 400,
  }
  errors.set(name, model)
  const query = traitOf(traits, 'awsQueryError')
  if (Array.isArray(query)) errors.set(String(query[0]), model)
}

const schemaOf = (reference: $SchemaRef): NormalizedSchema => NormalizedSchema.of(reference)

const traitOf = (traits: unknown, name: string): unknown =>
  typeof traits === 'object' && traits !== null ? Object.entries(traits).find(([key]) => key === name)?.[1] : undefined

/** A trait of a shape or member, if it is text: `xmlName`, `jsonName`, `httpQuery`, ... */
export function textTrait(schema: NormalizedSchema, name: string): string | undefined {
  const trait = traitOf(schema.getMergedTraits(), name)
  return typeof trait === 'string' ? trait : undefined
}

export const hasTrait = (schema: NormalizedSchema, name: string): boolean =>
  traitOf(schema.getMergedTraits(), name) !== undefined

/** The names of a structure's required members: its schema says how many of the first ones are. */
export function requiredMembers(schema: NormalizedSchema): string[] {
  const tuple: unknown = schema.getSchema()
  if (!Array.isArray(tuple)) return []
  const [, , , , names, , count] = tuple as unknown[]
  return Array.isArray(names) && typeof count === 'number' ? names.slice(0, count).map(String) : []
}

/** The members of a structure; none of a unit. */
export const membersOf = (schema: NormalizedSchema): [string, NormalizedSchema][] =>
  schema.isStructSchema() ? [...schema.structIterator()] : []
