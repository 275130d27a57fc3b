import { AwsError, type Service } from './operation.ts'

type Protocol = Service['protocol']

/**
 * What AWS answers to a request that its front door refuses, in the words of each protocol. Codes are from each
 * service's list of common errors; where the sandbox refuses what AWS would accept, the message says so.
 */
export const refusals = {
  unknownOperation: (protocol: Protocol, name: string) =>
    new AwsError(
      protocol === 'rest-json' ? 'UnknownOperationException' : 'InvalidAction',
      `The action ${name} is not valid for this web service: the sandbox does not model it.`,
    ),

  missing: (protocol: Protocol, name: string) => {
    if (protocol === 'ec2-query')
      return new AwsError('MissingParameter', `The request must contain the parameter ${name}`)
    const message = `1 validation error detected: Value null at '${name}' failed to satisfy constraint: Member must not be null`
    return new AwsError(protocol === 'query' ? 'ValidationError' : 'BadRequestException', message)
  },

  malformed: (protocol: Protocol, name: string, value: string, wanted: string) => {
    if (protocol === 'ec2-query')
      return new AwsError(
        'InvalidParameterValue',
        `Value (${value}) for parameter ${name} is invalid. Expected: ${wanted}`,
      )
    const message = `Value '${value}' at '${name}' is not ${wanted}`
    return new AwsError(protocol === 'query' ? 'ValidationError' : 'BadRequestException', message)
  },

  /** A parameter that AWS's own model does not have either. */
  unknownParameter: (protocol: Protocol, name: string) => {
    if (protocol === 'ec2-query') return new AwsError('UnknownParameter', `The parameter ${name} is not recognized`)
    const message = `Unknown parameter: ${name}`
    return new AwsError(protocol === 'query' ? 'ValidationError' : 'BadRequestException', message)
  },

  /** A parameter that AWS has and the sandbox does not: refused, since ignoring it would be a lie. */
  unmodelledParameter: (protocol: Protocol, operation: string, name: string) => {
    const codes = { 'ec2-query': 'UnsupportedParameter', query: 'ValidationError', 'rest-json': 'BadRequestException' }
    return new AwsError(codes[protocol], `The sandbox does not model the parameter ${name} of ${operation}.`)
  },
}
