// API Gateway's own answers, in the words that callers know.
import type { HttpAnswer } from '../network.ts'

/**
 * API Gateway's own answers when a request does not get through; bodies as AWS's users and its knowledge centre
 * quote them ("Troubleshoot 403 errors from API Gateway", gateway response types). The spelling of `message` differs.
 */
export const gatewayAnswers = {
  missingToken: () => answer(403, 'MissingAuthenticationTokenException', { message: 'Missing Authentication Token' }),

  /** An authorizer finds no token. */
  unauthorized: () => answer(401, 'UnauthorizedException', { message: 'Unauthorized' }),

  /** A token of a user pool was good once. */
  expiredToken: () => answer(401, 'UnauthorizedException', { message: 'The incoming token has expired' }),

  /** A Lambda authorizer cannot be asked, or answers something else than a policy. */
  authorizerFailed: () => answer(500, 'AuthorizerConfigurationException', { message: null }),

  /** The authorizer's policy does not let the caller in; `explicit` is a matching Deny. */
  authorizerDenied: (explicit: boolean) =>
    answer(403, 'AccessDeniedException', {
      Message: `User is not authorized to access this resource${explicit ? ' with an explicit deny' : ''}`,
    }),

  forbidden: () => answer(403, 'ForbiddenException', { message: 'Forbidden' }),

  invalidToken: () =>
    answer(403, 'UnrecognizedClientException', {
      message: 'The security token included in the request is invalid.',
    }),

  /** `explicit` is a matching Deny, else no statement allowed it. `resource` is the method's ARN. */
  notAuthorized: (caller: string, resource: string, explicit: boolean) =>
    answer(403, 'AccessDeniedException', {
      Message: `User: ${caller} is not authorized to perform: execute-api:Invoke on resource: ${maskAccount(resource)}${explicit ? ' with an explicit deny' : ''}`,
    }),

  tooLarge: () => answer(413, 'RequestTooLargeException', { message: 'Request Too Long' }),

  unsupportedMediaType: () => answer(415, 'BadRequestException', { message: 'Unsupported Media Type' }),

  internalError: () => answer(500, 'InternalServerErrorException', { message: 'Internal server error' }),

  unavailable: () => answer(503, 'ServiceUnavailableException', { message: 'Service Unavailable' }),

  timedOut: () => answer(504, 'GatewayTimeoutException', { message: 'Endpoint request timed out' }),
}

function answer(status: number, errorType: string, body: object): HttpAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': errorType },
    body: Buffer.from(JSON.stringify(body)),
  }
}

/** All but the last four digits of the account in an ARN. */
const maskAccount = (arn: string): string => arn.replace(/:\d{8}(\d{4}):/, ':********$1:')
