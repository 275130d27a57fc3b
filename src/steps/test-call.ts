import { executeApiName } from '../aws/partition.ts'
import * as z from 'zod'
import { defineStep } from '../aws/define-step.ts'
import { type Reply } from '../aws/vantage.ts'
import { type Finding, minutes, seconds } from '../engine/step.ts'
import { answer, diagnose, excerpt } from './shared/diagnosis.ts'
import { owned } from '../aws/permissions/conditions.ts'
import { permission } from '../aws/permissions/permission.ts'
import { api, producerApis } from '../aws/permissions/resources.ts'
import { restApi, regionalApi } from './rest-api.ts'

interface Inputs {
  apiId: string
  stageName: string
  /** The execute-api endpoint that the call comes through; null if the foreign network has none. */
  endpointId: string | null
  /** Its own DNS name. */
  endpointName: string | null
  /** The network's name in the config. */
  from: string
  /** Whether this network is one of those that may call. */
  allowed: boolean
  method: string
  /** Begins with a slash; without the stage. */
  path: string
  /** Statuses that count as the backend's answer; any 2xx if empty. */
  statuses: number[]
}

/**
 * The proof of the whole: a real request from where callers stand. Through an allowed endpoint it must get the
 * backend's answer, through a foreign one API Gateway's 403.
 */
export const testCall = defineStep<Inputs>()({
  id: 'test-call',
  title: 'Test call',
  facts: z.object({ endpointId: z.string().nullable() }),
  // TestInvokeMethod, when the call cannot be made from inside.
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
      permission('TestCallsToProducers', ['apigateway:POST'], producerApis('/resources/*/methods/*')),
      permission('LookAtApis', ['apigateway:GET'], api('/restapis', '/restapis/*')),
    ],
  },
  patience: { upTo: minutes(3), every: seconds(5) },
  proof: true,

  async read({ inputs: { apiId, endpointId, stageName } }) {
    if (apiId === undefined || endpointId === undefined || stageName === undefined) return { state: 'absent' }
    return { state: 'ready', owner: 'other', facts: { endpointId } }
  },

  async check({ aws, inputs, probe }) {
    const { apiId, stageName, endpointId, endpointName, from, allowed, method, path, statuses } = inputs
    const check = allowed ? `Call from ${from} gets in` : `Call from ${from} is refused`
    if (endpointId === null) {
      const hint = `Give ${from} an execute-api endpoint, or name another network under access.foreign.`
      return [{ check, verdict: 'skipped', evidence: `${from} has no execute-api endpoint`, hint }]
    }
    const reply = await probe.call({ aws, apiId, stage: stageName, method, path, endpointId, endpointName })
    const request = `${method} https://${executeApiName(aws, apiId)}/${stageName}${path}`
    return allowed ? admitted(check, request, reply, statuses) : [refused(check, request, reply)]
  },
})

function admitted(check: string, request: string, reply: Reply, statuses: readonly number[]): Finding[] {
  if (reply.reached === undefined) return [{ check, verdict: 'unproved', evidence: reply.why, hint: reply.hint }]
  if (!reply.reached) return [{ check, verdict: 'failed', hop: 'endpoint', evidence: reply.why, hint: unreachable }]
  const expected = statuses.length === 0 ? reply.status >= 200 && reply.status < 300 : statuses.includes(reply.status)
  if (!expected) {
    return [
      { check, verdict: 'failed', ...diagnose(reply), evidence: `${answer(request, reply)}: ${excerpt(reply.body)}` },
    ]
  }
  if (reply.vantage !== 'control-plane') return [{ check, verdict: 'ok', evidence: answer(request, reply) }]
  return [
    { check: 'Link and backend', verdict: 'ok', evidence: answer(request, reply) },
    {
      check,
      verdict: 'unproved',
      evidence: 'called through the control plane, past the resource policy',
      hint: inside,
    },
  ]
}

function refused(check: string, request: string, reply: Reply): Finding {
  if (reply.reached === undefined) return { check, verdict: 'unproved', evidence: reply.why, hint: reply.hint }
  // A connection that never came about says nothing about the policy.
  if (!reply.reached) return { check, verdict: 'unproved', evidence: reply.why, hint: unreachable }
  if (reply.vantage === 'control-plane') {
    const evidence = 'called through the control plane, past the resource policy'
    return { check, verdict: 'unproved', evidence, hint: inside }
  }
  if (reply.status === 403) {
    // Other 403s (no such API, stage or method) say nothing about the policy.
    if (/not authorized to perform: execute-api:Invoke/.test(reply.body)) {
      return { check, verdict: 'ok', evidence: answer(request, reply) }
    }
    const evidence = `${answer(request, reply)}, but not by the resource policy: ${excerpt(reply.body)}`
    return {
      check,
      verdict: 'unproved',
      evidence,
      hint: 'Run verify: it names what is wrong with API, stage or endpoint.',
    }
  }
  return {
    check,
    verdict: 'failed',
    hop: 'resource policy',
    evidence: `it got in: ${answer(request, reply)}`,
    hint: 'The deployed policy lets this endpoint in: run setup to write and deploy the policy.',
  }
}

const unreachable = "Look at the endpoint's security group (TCP 443 from the caller) and the route to it."
const inside = 'Run verify from a machine inside the network to prove the policy too.'
