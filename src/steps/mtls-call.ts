import { readFile } from 'node:fs/promises'
import * as z from 'zod'
import type { Aws } from '../aws/aws.ts'
import { defineStep } from '../aws/define-step.ts'
import type { Reply, SecureCall } from '../aws/vantage.ts'
import { type Finding, minutes, seconds } from '../engine/step.ts'
import { answer, diagnose, excerpt } from './shared/diagnosis.ts'
import { strangers as strangersOfRun } from './shared/stranger-certificates.ts'

interface Inputs {
  vpcId: string
  /** The interface endpoint that leads to the proxy. */
  endpointId: string
  /** The name to connect to: the proxy's, or the endpoint's own where callers have no such name. */
  address: string | null
  /** The name that the server's certificate must have. */
  name: string
  /** The network's name in the config. */
  from: string
  method: string
  /** Begins with a slash; without the stage. */
  path: string
  /** Statuses that count as the API's answer; any 2xx if empty. */
  statuses: number[]
  /** PEM files; without one, nobody is there who gets in. */
  client?: { certificate: string; key: string }
  /** The authority of the server's certificate, as a PEM file; those that this machine trusts otherwise. */
  ca?: string
}

/**
 * The proof of a proxy that asks for certificates: real TLS from where callers stand. The right certificate must get
 * the API's answer; none, one that signed itself, one of an authority that nobody trusts and TLS 1.1 must not. By TLS
 * 1.3 a client learns of that only after its handshake (RFC 8446, section 4.4.2.4), so each of them waits for an
 * answer.
 */
export const mtlsCall = defineStep<Inputs>()({
  id: 'mtls-call',
  title: 'Test calls with client certificates',
  facts: z.object({ endpointId: z.string() }),
  permissions: {
    read: [],
  },
  patience: { upTo: minutes(3), every: seconds(5) },
  proof: true,

  async read({ inputs: { endpointId, address } }) {
    if (endpointId === undefined || address === undefined) return { state: 'absent' }
    return { state: 'ready', owner: 'other', facts: { endpointId } }
  },

  async check({ aws, inputs, probe }) {
    const { from, client } = inputs
    const call = await callOf(aws, inputs)
    const right = client && {
      certificate: await readFile(client.certificate, 'utf8'),
      key: await readFile(client.key, 'utf8'),
    }
    const admission = admitted(inputs, right && (await probe.secureCall({ ...call, client: right })))
    const strangers = await aws.perRun(strangersOfRun)
    const refusals: [string, Partial<SecureCall>][] = [
      ['without a certificate', {}],
      ['with a certificate that signed itself', { client: strangers.selfSigned }],
      ['with a certificate of another authority', { client: strangers.ofAnother }],
      ['by TLS 1.1', { versions: { min: 'TLSv1.1', max: 'TLSv1.1' }, ...(right && { client: right }) }],
    ]
    const replies = await Promise.all(refusals.map(([, change]) => probe.secureCall({ ...call, ...change })))
    return [
      admission,
      ...replies.map((reply, index) => {
        const check = `Call from ${from} ${refusals[index]?.[0]} is refused`
        return refused(inputs, check, reply, admission.verdict === 'ok')
      }),
    ]
  },
})

async function callOf(aws: Aws, inputs: Inputs): Promise<SecureCall> {
  const { vpcId, endpointId, address, name, method, path, ca } = inputs
  return {
    aws,
    vpcId,
    endpointId,
    address: address ?? name,
    port: 443,
    name,
    method,
    path,
    ...(ca !== undefined && { ca: await readFile(ca, 'utf8') }),
  }
}

const requestOf = ({ method, name, path }: Inputs): string => `${method} https://${name}${path}`

function admitted(inputs: Inputs, reply: Reply | undefined): Finding {
  const { from, statuses } = inputs
  const check = `Call from ${from} with the right certificate gets in`
  if (reply === undefined) {
    const hint = 'Name a client certificate and its key under test, and run verify.'
    return { check, verdict: 'unproved', evidence: 'the config names no client certificate to call with', hint }
  }
  if (reply.reached === undefined) return { check, verdict: 'unproved', evidence: reply.why, hint: reply.hint }
  if (!reply.reached) return { check, verdict: 'failed', ...brokenOff(reply.why), evidence: reply.why }
  const expected = statuses.length === 0 ? reply.status >= 200 && reply.status < 300 : statuses.includes(reply.status)
  const evidence = answer(requestOf(inputs), reply)
  if (expected) return { check, verdict: 'ok', evidence }
  return { check, verdict: 'failed', ...diagnoseProxy(reply), evidence: `${evidence}: ${excerpt(reply.body)}` }
}

/** @param proved whether the right certificate gets in: then it is the certificate where a connection is cut. */
function refused(inputs: Inputs, check: string, reply: Reply, proved: boolean): Finding {
  if (reply.reached === undefined) return { check, verdict: 'unproved', evidence: reply.why, hint: reply.hint }
  if (!reply.reached) {
    if (isAlert(reply.why) || (proved && isCut(reply.why))) return { check, verdict: 'ok', evidence: reply.why }
    // A connection that never came about says nothing about certificates.
    return { check, verdict: 'unproved', evidence: reply.why, hint: brokenOff(reply.why).hint }
  }
  const evidence = answer(requestOf(inputs), reply)
  if (isAsked(reply)) return { check, verdict: 'ok', evidence: `${evidence}: ${said(reply.body)}` }
  const hint = 'Something other than the proxy answers at this name, or the proxy has been changed: run setup.'
  return { check, verdict: 'failed', hop: 'proxy', evidence: `it got in: ${evidence}`, hint }
}

type Answer = Extract<Reply, { reached: true }>

/** The answer of NGINX to a client whose certificate is missing or refused (ngx_http_special_response.c). */
const complaint = /No required SSL certificate was sent|The SSL certificate error/

const isAsked = ({ status, body }: Answer): boolean => status === 400 && complaint.test(body)

const said = (body: string): string => complaint.exec(body)?.[0] ?? ''

const isAlert = (why: string): boolean => /\balert\b/i.test(why)

/** The other side has ended the connection without a word: so do Application Load Balancers. */
const isCut = (why: string): boolean => /connection reset|socket hang up|disconnected before secure/i.test(why)

const distrust = 'The proxy does not take this certificate: look whether tls.clientCa has signed and not revoked it.'

/** Where a call ended that got no answer. */
function brokenOff(why: string): { hop: string; hint: string } {
  if (isAlert(why) || isCut(why)) return { hop: 'proxy', hint: distrust }
  if (/certificate|altname|self.signed/i.test(why)) {
    const hint = "Set test.ca to the authority of the server's certificate, and look whether that names tls.name."
    return { hop: "server's certificate", hint }
  }
  if (/ENOTFOUND|no address|does not know the name/i.test(why)) {
    return {
      hop: 'name',
      hint: 'Look at the record of tls.name, and whether the VPC resolves names (enableDnsSupport).',
    }
  }
  if (/ECONNREFUSED|refused/i.test(why)) {
    return { hop: 'load balancer', hint: 'No task listens: look at the findings of the targets and at the log group.' }
  }
  const hint = "Look at the endpoint's security group (TCP 443 from the caller) and at the health of the targets."
  return { hop: 'endpoint', hint }
}

/** Which part of the way an unexpected answer comes from: NGINX's own pages say so. */
function diagnoseProxy(reply: Answer): { hop: string; hint: string } {
  if (isAsked(reply)) return { hop: 'proxy', hint: distrust }
  const isOwn = /<center>nginx<\/center>/.test(reply.body)
  if (isOwn && [502, 504].includes(reply.status)) {
    const hint = "The proxy does not reach the API's endpoint: its log group says why. Look at the groups of both."
    return { hop: 'execute-api endpoint', hint }
  }
  return diagnose(reply)
}
