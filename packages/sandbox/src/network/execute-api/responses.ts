// Makes the answer to a caller of what a backend said, by the method's integration responses.
import type { HttpAnswer } from '../network.ts'
import { gatewayAnswers } from './gateway-answers.ts'
import { type IntegrationCall, readSource } from './mapping.ts'
import type { Integration, IntegrationResponse } from '../../state/apigateway.ts'
import { own } from '../../state/own.ts'

/** The answer of an integration, and the lines of an execution log about it. */
export interface BackendAnswer {
  answer: HttpAnswer
  log: string[]
}

/**
 * A MOCK integration answers by its request template's `statusCode` and the integration response of that status. Where
 * the API takes the request's type for binary (`*` + `/*`), both ends must say CONVERT_TO_TEXT, else it fails with 500
 * (API Gateway, "Enable CORS ... for binary media types").
 */
export function answerFromMock(integration: Integration, incoming: IntegrationCall): BackendAnswer {
  const type = contentType(incoming)
  const template = own(integration.requestTemplates, type)
  if (template === undefined && integration.passthroughBehavior === 'NEVER') {
    return { answer: gatewayAnswers.unsupportedMediaType(), log: [`No request template for ${type}`] }
  }
  const given = /["']?statusCode["']?\s*:\s*(\d{3})/.exec(template || incoming.request.body.toString())?.[1]
  const response = given === undefined ? undefined : responseFor(integration, given)
  if (response === undefined) return misconfigured('Unable to parse statusCode. It should be an integer')
  const texts = [integration, response].every((end) => end.contentHandling === 'CONVERT_TO_TEXT')
  if (isBinary(incoming.binaryMediaTypes, type) && !texts) {
    return misconfigured(
      'Unable to transform request: the payload is binary and contentHandling is not CONVERT_TO_TEXT',
    )
  }
  return { answer: build(response, incoming, undefined), log: [] }
}

const misconfigured = (why: string): BackendAnswer => ({
  answer: gatewayAnswers.internalError(),
  log: [`Execution failed due to configuration error: ${why}`],
})

const contentType = ({ request }: IntegrationCall): string =>
  request.headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? 'application/json'

const isBinary = (types: string[], type: string): boolean =>
  types.some((one) => one === '*/*' || one === type || (one.endsWith('/*') && type.startsWith(one.slice(0, -1))))

/** The answer of an HTTP integration's backend as the integration responses map it; none if none fits. */
export function transformAnswer(
  integration: Integration,
  incoming: IntegrationCall,
  answer: HttpAnswer,
): HttpAnswer | undefined {
  const response = responseFor(integration, String(answer.status))
  return response && build(response, incoming, answer)
}

/** The response whose pattern matches the whole status, else the one without a pattern. */
function responseFor({ responses }: Integration, status: string): IntegrationResponse | undefined {
  const all = Object.values(responses)
  return (
    all.find(({ selectionPattern: pattern }) => pattern && new RegExp(`^(?:${pattern})$`).test(status)) ??
    all.find(({ selectionPattern: pattern }) => !pattern)
  )
}

function build(response: IntegrationResponse, incoming: IntegrationCall, backend: HttpAnswer | undefined): HttpAnswer {
  const headers: Record<string, string> = { 'content-type': 'application/json' }
  for (const [target, source] of Object.entries(response.responseParameters)) {
    const name = target.replace('method.response.header.', '').toLowerCase()
    const value = source.startsWith('integration.response.header.')
      ? backend?.headers[source.replace('integration.response.header.', '').toLowerCase()]
      : readSource(source, incoming)
    if (value !== undefined) headers[name] = value
  }
  const template = response.responseTemplates['application/json'] ?? ''
  const passes = template === '' || /^\$input\.(body|json\('\$'\))$/.test(template.trim())
  return {
    status: Number(response.statusCode),
    headers,
    body: passes ? (backend?.body ?? Buffer.alloc(0)) : Buffer.from(template),
  }
}
