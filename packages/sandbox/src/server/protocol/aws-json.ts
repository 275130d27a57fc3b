import { parseBody, readJsonBody, writeJson } from './json.ts'
import { modelOf, type OperationModel, requiredMembers } from './model.ts'
import type { WireService } from '../../services/service.ts'
import { refusals } from './refusals.ts'
import type { RestAnswer, RestRequest } from './rest.ts'
import type { AwsError } from '../../state/aws-error.ts'

/** The operation that `X-Amz-Target: Prefix_Version.Operation` names. */
export const targetOf = ({ headers }: RestRequest): string | undefined => headers['x-amz-target']?.split('.').at(-1)

/**
 * Reads the body of an AWS JSON 1.1 request into the SDK's input type.
 *
 * @throws AwsError for unknown, missing or malformed parameters.
 */
export function readJsonInput({ input }: OperationModel, { body }: RestRequest): object {
  const given = readJsonBody('json', input, parseBody('json', body))
  for (const name of requiredMembers(input)) if (given[name] === undefined) throw refusals.missing('json', name)
  return given
}

const contentType = { 'content-type': 'application/x-amz-json-1.1' }

export const writeJsonAnswer = ({ output }: OperationModel, value: object): RestAnswer => ({
  status: 200,
  headers: contentType,
  body: Buffer.from(JSON.stringify(writeJson(output, value) ?? {})),
})

/** An error: its code in `__type`, as in "AWS JSON 1.1 protocol" (Smithy). */
export function writeJsonError(service: WireService, { code, message, detail }: AwsError, status: number): RestAnswer {
  const schema = modelOf(service).errors.get(code)?.schema
  const members: unknown = schema ? writeJson(schema, { ...detail }) : detail
  return {
    status,
    headers: contentType,
    body: Buffer.from(JSON.stringify({ __type: code, ...Object(members), message })),
  }
}
