import { InvokeCommand } from '@aws-sdk/client-lambda'
import * as z from 'zod'
import type { Aws } from '../aws/aws.ts'
import { defineStep } from '../aws/define-step.ts'
import { isFailure } from '../aws/failures.ts'
import { type Finding, minutes, seconds } from '../engine/step.ts'
import { type Diagnosis, diagnose, excerpt } from './shared/diagnosis.ts'
import type { FunctionRequest } from './shared/function-code.ts'
import { isPrivate } from './shared/private-address.ts'
import { owned } from '../aws/permissions/conditions.ts'
import { type Action, permission } from '../aws/permissions/permission.ts'
import { functions, namedFunctions } from '../aws/permissions/resources.ts'
import { lambdaFunction } from './lambda-function.ts'

interface Inputs {
  functionArn: string
  /** Whether privlink made it: then it is asked for this request, and its answer is understood. */
  request?: FunctionRequest
  /** The payload for a function that privlink did not make. Without it, the function is not invoked. */
  payload?: Record<string, unknown>
  /** The name that it calls, with the stage and the path: for people. */
  url: string
  /** Statuses that count as the producer's answer; any 2xx if empty. */
  statuses: number[]
}

/** The answer of the function that privlink makes (function-code.ts). */
const answerSchema = z.discriminatedUnion('reached', [
  z.object({ reached: z.literal(true), address: z.string(), ms: z.number(), status: z.int(), body: z.string() }),
  z.object({ reached: z.literal(false), address: z.string().optional(), code: z.string(), message: z.string() }),
])

/** The common answers of other functions: API Gateway's proxy format, or fetch's. */
const foreignSchema = z.looseObject({ statusCode: z.int().optional(), status: z.int().optional() })

/**
 * The proof of the whole: the function is invoked, really calls the private API, and says what it got. A function
 * that privlink did not make is invoked with the payload that the config gives, and not at all without one.
 */
export const functionCall = defineStep<Inputs>()({
  id: 'function-call',
  title: 'Call by the function',
  facts: z.object({ functionArn: z.string() }),
  permissions: {
    read: [],
    check: [
      // Leave this out where verify must not invoke anything: it then reports the call as unproved.
      permission('CallFunctions', ['lambda:InvokeFunction'], functions, owned, () => [lambdaFunction]),
      permission('CallNamedFunctions', ['lambda:InvokeFunction'], namedFunctions),
    ],
  },
  unneeded: ({ request, payload }): Action[] =>
    request === undefined && payload === undefined ? ['lambda:InvokeFunction'] : [],
  // Every try runs code that is not ours.
  patience: { upTo: minutes(2), every: seconds(15) },
  proof: true,

  async read({ inputs: { functionArn, url } }) {
    if (functionArn === undefined || url === undefined) return { state: 'absent' }
    return { state: 'ready', owner: 'other', facts: { functionArn } }
  },

  async check({ aws, inputs }) {
    const { functionArn, request, payload = request } = inputs
    const check = 'Call by the function gets in'
    if (payload === undefined) {
      const evidence = `${functionArn} was not invoked: what it does is not known`
      return [{ check, verdict: 'unproved', evidence, hint: 'Give it a harmless function.payload in the config.' }]
    }
    const outcome = await invoke(aws, functionArn, payload)
    if ('why' in outcome) return [{ check, verdict: 'failed', hop: 'function', evidence: outcome.why }]
    return [{ check, ...(request === undefined ? told(outcome, inputs) : understood(outcome, inputs)) }]
  },
})

/** How an invocation went: what the function answered or failed with, and the end of its log. */
interface Outcome {
  failed: boolean
  answer: unknown
  text: string
  log: string
}

async function invoke(aws: Aws, FunctionName: string, payload: object): Promise<Outcome | { why: string }> {
  try {
    const input = { FunctionName, Payload: Buffer.from(JSON.stringify(payload)), LogType: 'Tail' } as const
    const { Payload = new Uint8Array(), FunctionError, LogResult = '' } = await aws.lambda(new InvokeCommand(input))
    const text = Buffer.from(Payload).toString('utf8')
    const log = Buffer.from(LogResult, 'base64').toString('utf8')
    return { failed: FunctionError !== undefined, answer: parsed(text), text, log }
  } catch (thrown) {
    // It is still being set up or woken, or nobody knows how it went: setup asks again.
    if (isFailure(thrown, 'NotYet', 'AnswerLost'))
      return { why: thrown instanceof Error ? thrown.message : String(thrown) }
    throw thrown
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

type Told = Omit<Finding, 'check'>

const isExpected = (status: number, statuses: readonly number[]): boolean =>
  statuses.length === 0 ? status >= 200 && status < 300 : statuses.includes(status)

/** Judges the answer of our own function by where its call ended. */
function understood({ failed, answer, text, log }: Outcome, { url, request, statuses }: Inputs): Told {
  const asked = `${request?.method ?? 'GET'} ${url}`
  const parsed = failed ? undefined : answerSchema.safeParse(answer).data
  if (parsed === undefined) {
    const address = /\tresolved to (\S+)/.exec(log)?.[1]
    const evidence = `${asked}: the function failed: ${excerpt(text)}`
    return { verdict: 'failed', ...astray(address, 'ETIMEDOUT'), evidence }
  }
  if (!parsed.reached) {
    const { address, code, message } = parsed
    const evidence = `${asked}${address === undefined ? '' : ` at ${address}`}: ${message} (${code})`
    return { verdict: 'failed', ...astray(address, code), evidence }
  }
  const { address, ms, status, body } = parsed
  const got = `${asked} at ${address} got status ${status} in ${Math.round(ms)} ms: ${excerpt(body)}`
  // From the internet nothing leads to a private API, whatever else the answer says.
  if (!isPrivate(address)) return { verdict: 'failed', ...astray(address, ''), evidence: got }
  if (isExpected(status, statuses)) return { verdict: 'ok', evidence: got }
  return { verdict: 'failed', ...diagnosisOf(status, body, ms), evidence: got }
}

/**
 * Judges another function by the status in its answer, if there is one in a common place; else by whether it failed.
 */
function told({ failed, answer, text, log }: Outcome, { functionArn, statuses }: Inputs): Told {
  const evidence = `${functionArn} answered ${excerpt(text)}`
  if (failed) {
    const hint = `Look at its log: ${excerpt(log.trim().split('\n').at(-3) ?? '')}`
    return { verdict: 'failed', hop: 'function', evidence: `${functionArn} failed: ${excerpt(text)}`, hint }
  }
  const { statusCode, status = statusCode } = foreignSchema.safeParse(answer).data ?? {}
  if (status === undefined || isExpected(status, statuses)) return { verdict: 'ok', evidence }
  return { verdict: 'failed', ...diagnosisOf(status, text, 0), evidence }
}

const diagnosisOf = (status: number, body: string, ms: number): Diagnosis =>
  diagnose({ reached: true, vantage: 'direct', status, headers: {}, body, ms })

/** Why a call does not come to the endpoint ("Troubleshoot private API endpoint connections", re:Post). */
function astray(address: string | undefined, code: string): Diagnosis {
  if (address === undefined) {
    return { hop: 'DNS', hint: "The name does not resolve: look at the VPC's enableDnsSupport and at its endpoints." }
  }
  if (!isPrivate(address)) {
    return {
      hop: 'DNS',
      hint: `The name leads to ${address} on the internet: private DNS of the execute-api endpoint is off. Run setup to turn it on.`,
    }
  }
  if (/CERT|TLS|SSL/.test(code)) {
    return { hop: 'TLS', hint: 'Something else than API Gateway answers there: look whose the address is.' }
  }
  return {
    hop: 'security group',
    hint: "TCP 443 has to go out by the function's groups and in by the endpoint's: run setup to write both.",
  }
}
