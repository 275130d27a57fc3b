import { z } from 'zod'
import type { Clock } from '../clock.ts'
import { seconds } from '../engine/step.ts'
import { messageOf } from '../errors.ts'
import { ask, within } from './http.ts'
import { executeApiName, type Probe } from './vantage.ts'

/** A sandbox that answers, and how many times faster than the machine's its clock runs. */
export interface FoundSandbox {
  url: string
  speed: number
}

const hello = z.object({ privlink: z.literal('sandbox'), speed: z.number().positive().optional() })
const resolved = z.object({ addresses: z.array(z.string()) })

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

/** Test calls that travel through a sandbox's network, from the endpoint they name. */
export function probeInSandbox({ url, speed }: FoundSandbox, clock: Clock): Probe {
  return {
    call: async ({ aws, apiId, stage, method, path, endpointId }) => {
      const started = clock.now()
      const headers = {
        host: executeApiName(aws, apiId),
        ...(endpointId !== undefined && { 'x-privlink-sandbox-from': endpointId }),
      }
      try {
        const answer = await within(clock, Math.max(patience, leastRealTime * speed), (signal) =>
          ask({ url: new URL(`/${stage}${path}`, url), method, headers }, signal),
        )
        return { reached: true, vantage: 'sandbox', ...answer, ms: clock.now() - started }
      } catch (thrown) {
        // Where packets are dropped, the sandbox itself may give up first, in its own time.
        const cut = thrown instanceof Error && 'code' in thrown && thrown.code === 'ECONNRESET'
        const why = cut ? `no answer within ${Math.round((clock.now() - started) / 1000)} s` : messageOf(thrown)
        return { reached: false, vantage: 'sandbox', why }
      }
    },
    resolve: async (name) => {
      const query = new URL(`/_privlink/resolve?${new URLSearchParams({ name })}`, url)
      const { status, body } = await clock.during(() => ask({ url: query }))
      return status === 200 ? resolved.parse(JSON.parse(body)).addresses : []
    },
  }
}
