import type { WireService } from '../../services/service.ts'
import { AwsError } from '../../state/aws-error.ts'

type Protocol = WireService['protocol']

/**
 * The code for input that is wrong in itself. `json` has none for all services: ValidationException is the usual one.
 */
const invalidInput: Record<Protocol, string> = {
  'ec2-query': 'InvalidParameterValue',
  query: 'ValidationError',
  'rest-json': 'BadRequestException',
  json: 'ValidationException',
  'rest-xml': 'InvalidInput',
}

/**
 * AWS's answers to requests that are refused before any operation runs, for each protocol. Codes are from each
 * service's list of common errors; where the sandbox refuses what AWS would accept, the message says so.
 */
export const refusals = {
  unknownOperation: (protocol: Protocol, name: string) =>
    new AwsError(
      protocol === 'rest-json' || protocol === 'json' ? 'UnknownOperationException' : 'InvalidAction',
      `The action ${name} is not valid for this web service: the sandbox does not model it.`,
    ),

  missing: (protocol: Protocol, name: string) => {
    if (protocol === 'ec2-query')
      return new AwsError('MissingParameter', `The request must contain the parameter ${name}`)
    const message = `1 validation error detected: Value null at '${name}' failed to satisfy constraint: Member must not be null`
    return new AwsError(invalidInput[protocol], message)
  },

  malformed: (protocol: Protocol, name: string, value: string, wanted: string) => {
    const message =
      protocol === 'ec2-query'
        ? `Value (${value}) for parameter ${name} is invalid. Expected: ${wanted}`
        : `Value '${value}' at '${name}' is not ${wanted}`
    // "SerializationException": what AWS's JSON services answer to a body that does not fit their model.
    return new AwsError(protocol === 'json' ? 'SerializationException' : invalidInput[protocol], message)
  },

  /** A parameter that AWS's own model does not have either. */
  unknownParameter: (protocol: Protocol, name: string) =>
    protocol === 'ec2-query'
      ? new AwsError('UnknownParameter', `The parameter ${name} is not recognized`)
      : new AwsError(invalidInput[protocol], `Unknown parameter: ${name}`),

  /** A parameter that AWS has and the sandbox does not: refused, since ignoring it would be a lie. */
  unmodelledParameter: (protocol: Protocol, operation: string, name: string) =>
    new AwsError(
      protocol === 'ec2-query' ? 'UnsupportedParameter' : invalidInput[protocol],
      `The sandbox does not model the parameter ${name} of ${operation}.`,
    ),
}
