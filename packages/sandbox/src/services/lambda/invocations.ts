import type { InvocationRequest, InvocationResponse } from '@aws-sdk/client-lambda'
import { randomUUID } from 'node:crypto'
import { operation } from '../operation.ts'
import { getFunction, notNow, stateOf } from '../../reads/functions.ts'
import { conflict, invalidParameter } from '../../reads/function-refusals.ts'
import type { Ran } from '../../network/functions/run-function.ts'
import type { LambdaFunction } from '../../state/lambda.ts'
import { AwsError } from '../../state/aws-error.ts'
import { callFunction } from '../../network/functions/call-function.ts'
import { onFunction } from './required-permissions.ts'

/** Bytes of a synchronous invocation's payload and answer ("Lambda quotas"). */
const largest = 6 * 1024 * 1024
/** Bytes of the log that an answer carries (Invoke, LogType). */
const tail = 4096

export const invocationOperations = {
  Invoke: operation<InvocationRequest, InvocationResponse>()(
    ['FunctionName', 'InvocationType', 'LogType', 'Payload', 'Qualifier'],
    onFunction('lambda:InvokeFunction'),
    async (input, call) => {
      const one = getFunction(call, input.FunctionName, input.Qualifier)
      const type = input.InvocationType ?? 'RequestResponse'
      if (type === 'DryRun') return { StatusCode: 204 }
      if (type !== 'RequestResponse') throw invalidParameter(`The sandbox does not model InvocationType ${type}.`)
      const state = stateOf(one, call.now)
      if (state !== 'Active') {
        throw conflict(notNow(`The function is currently in the following state: ${state}`))
      }
      const event = readPayload(input.Payload)
      const requestId = randomUUID()
      const ran = await callFunction(call, one, event, requestId)
      return {
        StatusCode: 200,
        ExecutedVersion: '$LATEST',
        Payload: answerOf(ran),
        ...(ran.failed && { FunctionError: 'Unhandled' }),
        ...(input.LogType === 'Tail' && { LogResult: logOf(one, requestId, ran) }),
      }
    },
  ),
}

function readPayload(payload: Uint8Array | undefined): string {
  if (payload === undefined || payload.length === 0) return '{}'
  if (payload.length > largest) {
    throw new AwsError('RequestTooLargeException', `Request must be smaller than ${largest} bytes`, 413, {
      Type: 'User',
    })
  }
  const text = Buffer.from(payload).toString('utf8')
  try {
    JSON.parse(text)
    return text
  } catch (thrown) {
    const message = `Could not parse request body into json: ${String(thrown)}`
    throw new AwsError('InvalidRequestContentException', message, 400, { Type: 'User' })
  }
}

const answerOf = ({ payload }: Ran): Buffer => {
  const bytes = Buffer.from(payload)
  if (bytes.length <= largest) return bytes
  const errorMessage = `Response payload size exceeded maximum allowed payload size (${largest} bytes).`
  return Buffer.from(JSON.stringify({ errorMessage, errorType: 'Function.ResponseSizeTooLarge' }))
}

/** The end of the log, with the lines that Lambda adds around what the function wrote. */
function logOf({ memorySize }: LambdaFunction, id: string, { log, ms }: Ran): string {
  const text = [
    `START RequestId: ${id} Version: $LATEST`,
    ...(log === '' ? [] : [log.trimEnd()]),
    `END RequestId: ${id}`,
    `REPORT RequestId: ${id}\tDuration: ${ms.toFixed(2)} ms\tBilled Duration: ${Math.ceil(ms)} ms\tMemory Size: ${memorySize} MB\tMax Memory Used: ${memorySize} MB`,
    '',
  ].join('\n')
  return Buffer.from(text).subarray(-tail).toString('base64')
}
