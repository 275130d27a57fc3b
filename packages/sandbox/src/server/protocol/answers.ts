import { writeJsonAnswer, writeJsonError } from './aws-json.ts'
import { modelOf, type OperationModel } from './model.ts'
import type { WireService } from '../../services/service.ts'
import { type RestAnswer, type RestRequest, writeRestAnswer, writeRestError, writeRestXmlAnswer } from './rest.ts'
import { writeXmlAnswer, writeXmlError } from './xml.ts'
import { AwsError } from '../../state/aws-error.ts'
import type { Scope } from '../../reads/signatures.ts'

export function write(
  { service, model }: { service: WireService; model: OperationModel },
  output: object,
  requestId: string,
): RestAnswer {
  if (service.protocol === 'rest-json') return withRequestId(writeRestAnswer(model, output), requestId)
  if (service.protocol === 'json') return withRequestId(writeJsonAnswer(model, output), requestId)
  if (service.protocol === 'rest-xml') return withRequestId(writeRestXmlAnswer(service, model, output), requestId)
  return xmlAnswer(200, writeXmlAnswer(service, model.name, model.output, output, requestId), requestId)
}

export function writeError(service: WireService, error: AwsError, requestId: string): RestAnswer {
  const modelled = modelOf(service).errors.get(error.code)?.status
  // 400 is also the default of AwsError: the model knows better where it has the error.
  const status = error.status === 400 ? (modelled ?? 400) : error.status
  if (service.protocol === 'rest-json') return withRequestId(writeRestError(service, error, status), requestId)
  if (service.protocol === 'json') return withRequestId(writeJsonError(service, error, status), requestId)
  const { code, message } = error
  return xmlAnswer(status, writeXmlError(service, { code, message, status }, requestId), requestId)
}

const withRequestId = (answer: RestAnswer, requestId: string): RestAnswer => ({
  ...answer,
  headers: { ...answer.headers, 'x-amzn-requestid': requestId },
})

const xmlAnswer = (status: number, text: string, requestId: string): RestAnswer => ({
  status,
  headers: { 'content-type': 'text/xml;charset=UTF-8', 'x-amzn-requestid': requestId },
  body: Buffer.from(text),
})

/** A request without a signature, or for a service that the sandbox does not have. */
export function refuseUnsigned(request: RestRequest, scope: Scope | undefined, requestId: string): RestAnswer {
  const error = scope
    ? new AwsError('UnknownOperationException', `The sandbox does not model the service ${scope.service}.`)
    : new AwsError('MissingAuthenticationToken', 'Request is missing Authentication Token', 403)
  const json = !/x-www-form-urlencoded/.test(request.headers['content-type'] ?? '')
  const stranger: WireService = {
    id: scope?.service ?? '',
    protocol: json ? 'rest-json' : 'query',
    model: {},
    operations: {},
  }
  return writeError(stranger, error, requestId)
}
