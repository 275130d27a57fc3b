import { executeApiName } from './partition.ts'
import { lookup, resolveTxt } from 'node:dns/promises'
import ipaddr from 'ipaddr.js'
import type { Clock } from '../clock.ts'
import { seconds } from '../engine/step.ts'
import { messageOf } from '../errors.ts'
import { ask, connects, within } from './http.ts'
import { askOverTls, openTcp, whyNot } from './over-tls.ts'
import { type Probe, type Reply } from './vantage.ts'

const patience = { connect: seconds(3), answer: seconds(10) }

const hint = 'Run privlink from a machine in the network, or one that is connected to it.'

/** The outside world: tests put their own in its place. */
export interface Outside {
  resolve(name: string): Promise<string[]>
  texts: Probe['texts']
  connects(host: string, port: number, signal: AbortSignal): Promise<boolean>
  ask: typeof ask
  /** A TCP connection. */
  open: typeof openTcp
}

const outside: Outside = { resolve: resolveHere, texts: textsHere, connects, ask, open: openTcp }

/** IPv4 addresses of a name as this machine sees them; none if there is no such name. */
async function resolveHere(name: string): Promise<string[]> {
  try {
    return (await lookup(name, { all: true, family: 4 })).map(({ address }) => address)
  } catch {
    return []
  }
}

/** A record may come in pieces of 255 characters (RFC 1035). */
async function textsHere(name: string): Promise<string[] | undefined> {
  try {
    return (await resolveTxt(name)).map((pieces) => pieces.join(''))
  } catch (thrown) {
    const missing =
      thrown instanceof Error && 'code' in thrown && ['ENOTFOUND', 'ENODATA'].includes(String(thrown.code))
    return missing ? [] : undefined
  }
}

const publicHint = 'Run privlink where public names of API Gateway lead to the internet.'

/**
 * Test calls from this machine. Through an endpoint: to the endpoint's own name, with the API's as Host, so that they
 * also come through an endpoint that the API does not know, as the negative proof has to; without that name, to the
 * alias of API and endpoint, `{api}-{vpce}.execute-api.{region}.amazonaws.com` ("How to invoke a private API", API
 * Gateway guide). They count only if the name leads to private addresses and one of them can be reached. From the
 * internet: to the API's own name, which has to lead to public addresses; private DNS of an endpoint would lead
 * elsewhere.
 */
export function probeDirectly(clock: Clock, { resolve, texts, connects, ask, open }: Outside = outside): Probe {
  return {
    resolve: (name) => clock.during(() => resolve(name)),
    texts: (name) => clock.during(() => texts(name)),
    secureCall: async (call) => {
      const { address, port } = call
      const [ip] = ipaddr.isValid(address) ? [address] : await clock.during(() => resolve(address))
      const unreached = (why: string): Reply => ({ reached: undefined, why, hint })
      if (ip === undefined) return unreached(`${address} has no address here`)
      if (!isPrivate(ip)) return unreached(`${address} leads to ${ip}, which is not private`)
      const connect = within(clock, patience.connect, (signal) => open(ip, port, signal)).catch(() => undefined)
      const stream = await connect
      if (!stream) return unreached(`${ip} cannot be reached from here`)
      const started = clock.now()
      try {
        const answer = await within(clock, patience.answer, (signal) => askOverTls(stream, call, signal))
        return { reached: true, vantage: 'direct', ...answer, ms: clock.now() - started }
      } catch (thrown) {
        return { reached: false, vantage: 'direct', why: whyNot(thrown) }
      }
    },
    call: async ({ aws, apiId, endpointId, endpointName, stage, method, path }) => {
      const inside = endpointId !== undefined
      const name = inside ? (endpointName ?? executeApiName(aws, `${apiId}-${endpointId}`)) : executeApiName(aws, apiId)
      const addresses = await clock.during(() => resolve(name))
      const [address] = addresses
      if (address === undefined)
        return { reached: undefined, why: `${name} has no address here`, hint: inside ? hint : publicHint }
      const foreign = addresses.find((each) => isPrivate(each) !== inside)
      if (foreign !== undefined) {
        const kind = inside ? 'not private' : 'not public'
        return {
          reached: undefined,
          why: `${name} leads to ${foreign}, which is ${kind}`,
          hint: inside ? hint : publicHint,
        }
      }
      const connected = await within(clock, patience.connect, (signal) => connects(address, 443, signal)).catch(
        () => false,
      )
      if (!connected)
        return { reached: undefined, why: `${address} cannot be reached from here`, hint: inside ? hint : publicHint }
      const headers = { host: executeApiName(aws, apiId) }
      const started = clock.now()
      try {
        const answer = await within(clock, patience.answer, (signal) =>
          ask({ url: new URL(`https://${name}/${stage}${path}`), method, headers }, signal),
        )
        return { reached: true, vantage: 'direct', ...answer, ms: clock.now() - started }
      } catch (thrown) {
        return { reached: false, vantage: 'direct', why: messageOf(thrown) }
      }
    },
  }
}

/** Whether the address is of a private network, or of the range that carriers and some clouds use as one. */
const isPrivate = (address: string): boolean =>
  ipaddr.isValid(address) && ['private', 'carrierGradeNat', 'uniqueLocal'].includes(ipaddr.parse(address).range())
