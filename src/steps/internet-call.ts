import { executeApiName } from '../aws/partition.ts'
import * as z from 'zod'
import type { Aws } from '../aws/aws.ts'
import { callByControlPlane } from '../aws/control-plane.ts'
import { defineStep } from '../aws/define-step.ts'
import type { Reply, TestCall } from '../aws/vantage.ts'
import { type Finding, minutes, seconds } from '../engine/step.ts'
import { answer, diagnose, excerpt } from './shared/diagnosis.ts'
import { owned } from '../aws/permissions/conditions.ts'
import { permission } from '../aws/permissions/permission.ts'
import { api } from '../aws/permissions/resources.ts'
import { restApi, regionalApi } from './rest-api.ts'

interface Inputs {
  /** The front door. */
  apiId: string
  stageName: string
  /** Where the route begins, without slashes. */
  prefix: string
  /** How callers are told apart. */
  authorization: 'none' | 'iam' | 'cognito' | 'lambda'
  method: string
  /** Begins with a slash; what comes after the prefix. */
  path: string
  /** Statuses that count as the producer's answer; any 2xx if empty. */
  statuses: number[]
}

/**
 * The proof of one route: a real request from the internet, through the front door, must get the producer's answer.
 * Where the front door asks who is calling, a caller who does not say must be refused, and the way behind the lock is
 * tried through the control plane.
 */
export const internetCall = defineStep<Inputs>()({
  id: 'internet-call',
  title: 'Test call from the internet',
  facts: z.object({ url: z.string() }),
  // TestInvokeMethod, when the call cannot be made from here or a lock is in the way.
  permissions: {
    read: [],
    check: [
      // TestInvokeMethod really calls the backend: leave this out if test calls are made from inside the network.
      permission(
        'TestCallsByControlPlane',
        ['apigateway:POST'],
        api('/restapis/*/resources/*/methods/*'),
        owned,
        () => [restApi, regionalApi],
      ),
      permission('LookAtApis', ['apigateway:GET'], api('/restapis', '/restapis/*')),
    ],
  },
  patience: { upTo: minutes(3), every: seconds(5) },
  proof: true,

  async read({ aws, inputs: { apiId, stageName, prefix } }) {
    if (apiId === undefined || stageName === undefined || prefix === undefined) return { state: 'absent' }
    const url = `https://${executeApiName(aws, apiId)}/${stageName}/${prefix}`
    return { state: 'ready', owner: 'other', facts: { url } }
  },

  async check({ aws, inputs, facts, probe }) {
    const call = callOf(aws, inputs)
    const reply = await probe.call(call)
    const request = `${inputs.method} ${facts.url}${inputs.path}`
    if (inputs.authorization === 'none') return [answered(inputs, request, reply)]
    const behind = reply.reached === true && reply.vantage === 'control-plane' ? reply : await callByControlPlane(call)
    return [refused(inputs, request, reply), answered(inputs, request, behind)]
  },
})

const callOf = (aws: Aws, { apiId, stageName, prefix, method, path }: Inputs): TestCall => ({
  aws,
  apiId,
  stage: stageName,
  endpointName: null,
  method,
  path: path === '/' ? `/${prefix}` : `/${prefix}${path}`,
})

function answered({ prefix, statuses, authorization }: Inputs, request: string, reply: Reply): Finding {
  const guarded = authorization !== 'none'
  const check = guarded ? `Way behind the lock at /${prefix}` : `Call from the internet to /${prefix} gets in`
  if (reply.reached === undefined) return { check, verdict: 'unproved', evidence: reply.why, hint: reply.hint }
  if (!reply.reached) return { check, verdict: 'failed', hop: 'front door', evidence: reply.why, hint: unreachable }
  const expected = statuses.length === 0 ? reply.status >= 200 && reply.status < 300 : statuses.includes(reply.status)
  if (!expected) {
    return {
      check,
      verdict: 'failed',
      ...diagnose(reply),
      evidence: `${answer(request, reply)}: ${excerpt(reply.body)}`,
    }
  }
  if (reply.vantage !== 'control-plane' || guarded) return { check, verdict: 'ok', evidence: answer(request, reply) }
  const evidence = `${answer(request, reply)}: routes and link work; the deployed stage was not called`
  return { check, verdict: 'unproved', evidence, hint: outside }
}

/** The answers of API Gateway to callers without a signature or token (gateway responses, API Gateway guide). */
const refusals = { iam: [403], cognito: [401], lambda: [401, 403] } as const

function refused({ prefix, authorization }: Inputs, request: string, reply: Reply): Finding {
  const check = `Call without credentials to /${prefix} is refused`
  if (reply.reached === undefined) return { check, verdict: 'unproved', evidence: reply.why, hint: reply.hint }
  if (!reply.reached) return { check, verdict: 'unproved', evidence: reply.why, hint: unreachable }
  if (reply.vantage === 'control-plane') {
    return {
      check,
      verdict: 'unproved',
      evidence: 'called through the control plane, past authorization',
      hint: outside,
    }
  }
  const expected: readonly number[] = authorization === 'none' ? [] : refusals[authorization]
  const signature = authorization === 'iam' ? /Missing Authentication Token/i : /Unauthorized|Forbidden|not authorized/i
  if (expected.includes(reply.status) && signature.test(reply.body)) {
    return { check, verdict: 'ok', evidence: answer(request, reply) }
  }
  return {
    check,
    verdict: 'failed',
    hop: 'authorization',
    evidence: `${answer(request, reply)}: ${excerpt(reply.body)}`,
    hint: 'The deployed stage does not ask who is calling: run setup to write and deploy the definition.',
  }
}

const unreachable = 'Look whether this machine reaches the internet, and whether the API is regional.'
const outside = "Run verify where the API's public name leads to the internet."
