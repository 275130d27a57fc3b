import { executeApiName } from './partition.ts'
import * as z from 'zod'
import type { Clock } from '../clock.ts'
import { seconds } from '../engine/step.ts'
import { messageOf } from '../errors.ts'
import { ask, within } from './http.ts'
import { askOverTls, isReset, openTunnel, whyNot } from './over-tls.ts'
import { type Probe } from './vantage.ts'

/** A sandbox that answers, and how many times faster than the machine's its clock runs. */
export interface FoundSandbox {
  url: string
  speed: number
}

const hello = z.object({ privlink: z.literal('sandbox'), speed: z.number().positive().optional() })
const resolved = z.object({ addresses: z.array(z.string()) })
const written = z.object({ texts: z.array(z.string()) })

const patience = seconds(10)

/** Requests on loopback are real work, which a busy machine may take seconds for at whatever speed the clock runs. */
const leastRealTime = seconds(5)

/** The sandbox behind an endpoint URL, if it is on loopback and says that it is one. */
export async function findSandbox(url: string | undefined, clock: Clock): Promise<FoundSandbox | undefined> {
  if (url === undefined || !URL.canParse(url)) return undefined
  const { hostname } = new URL(url)
  if (!/^(127(\.\d+){3}|localhost|\[::1\])$/.test(hostname)) return undefined
  try {
    const { status, body } = await clock.during(() =>
      ask({ url: new URL('/_privlink/hello', url) }, AbortSignal.timeout(seconds(5))),
    )
    if (status !== 200) return undefined
    const answer = hello.safeParse(JSON.parse(body))
    return answer.success ? { url, speed: answer.data.speed ?? 1 } : undefined
  } catch {
    // Something else listens there, or nothing does.
    return undefined
  }
}

/** Test calls that travel through a sandbox's network, from the endpoint or the VPC that they name. */
export function probeInSandbox({ url, speed }: FoundSandbox, clock: Clock): Probe {
  const longest = Math.max(patience, leastRealTime * speed)
  // Where packets are dropped, the sandbox itself may give up first, in its own time.
  const silence = (started: number) => `no answer within ${Math.round((clock.now() - started) / 1000)} s`
  return {
    secureCall: async (call) => {
      const { vpcId, address, port } = call
      const started = clock.now()
      try {
        const answer = await within(clock, longest, async (signal) => {
          // The sandbox's authority stands in for ACM's, of whom the config names the real one.
          const ca = [call.ca ?? '', (await ask({ url: new URL('/_privlink/ca', url) }, signal)).body].join('\n')
          const from = { 'x-privlink-sandbox-from': vpcId }
          const stream = await openTunnel(url, `${address}:${port}`, from, signal).catch((thrown: unknown) => {
            throw isReset(thrown) ? new Error(silence(started)) : thrown
          })
          return await askOverTls(stream, { ...call, ca }, signal)
        })
        return { reached: true, vantage: 'sandbox', ...answer, ms: clock.now() - started }
      } catch (thrown) {
        return { reached: false, vantage: 'sandbox', why: whyNot(thrown) }
      }
    },

    call: async ({ aws, apiId, stage, method, path, endpointId }) => {
      const started = clock.now()
      const headers = {
        host: executeApiName(aws, apiId),
        ...(endpointId !== undefined && { 'x-privlink-sandbox-from': endpointId }),
      }
      try {
        const answer = await within(clock, longest, (signal) =>
          ask({ url: new URL(`/${stage}${path}`, url), method, headers }, signal),
        )
        return { reached: true, vantage: 'sandbox', ...answer, ms: clock.now() - started }
      } catch (thrown) {
        return { reached: false, vantage: 'sandbox', why: isReset(thrown) ? silence(started) : messageOf(thrown) }
      }
    },
    resolve: async (name) => {
      const query = new URL(`/_privlink/resolve?${new URLSearchParams({ name })}`, url)
      const { status, body } = await clock.during(() => ask({ url: query }))
      return status === 200 ? resolved.parse(JSON.parse(body)).addresses : []
    },
    texts: async (name) => {
      const query = new URL(`/_privlink/public-records?${new URLSearchParams({ name })}`, url)
      const { body } = await clock.during(() => ask({ url: query }))
      return written.parse(JSON.parse(body)).texts
    },
  }
}
