import { invalidValue } from './refusals.ts'
import { createHash } from 'node:crypto'

import type { Call } from '../operation.ts'
import { AwsError } from '../../state/aws-error.ts'

/**
 * Makes a resource once per idempotency token. A token that was used before gives back what it made then; with other
 * parameters it is IdempotentParameterMismatch. Assumed: a token is free again once its resource has gone.
 */
export function once<T>(
  call: Call,
  operation: string,
  request: { ClientToken?: string | undefined },
  find: (id: string) => T | undefined,
  make: () => T,
  idOf: (made: T) => string,
): T {
  const { ClientToken, ...parameters } = request
  if (ClientToken === undefined || ClientToken === '') return make()
  if (ClientToken.length > 64) {
    throw invalidValue('The client token must be at most 64 ASCII characters')
  }
  const key = `${call.account}:${call.region}:${operation}:${ClientToken}`
  const digest = createHash('sha256').update(JSON.stringify(parameters)).digest('hex')
  const use = call.world.ec2.tokens[key]
  const made = use === undefined ? undefined : find(use.id)
  if (use === undefined || made === undefined) {
    const fresh = make()
    call.world.ec2.tokens[key] = { digest, id: idOf(fresh) }
    return fresh
  }
  if (use.digest !== digest) {
    throw new AwsError(
      'IdempotentParameterMismatch',
      `The client token '${ClientToken}' was already used with other parameters`,
    )
  }
  return made
}
