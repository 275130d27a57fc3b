import type { Clock } from '../clock.ts'
import { exits, PrivlinkError } from '../errors.ts'
import type { Environment } from './clients.ts'
import { probeDirectly } from './direct.ts'
import { findSandbox, probeInSandbox } from './in-sandbox.ts'
import type { Probe, VantageChoice } from './vantage.ts'

export interface ProbeOptions {
  vantage: VantageChoice
  /** Its AWS_ENDPOINT_URL may lead to a sandbox. */
  environment?: Environment | undefined
  clock: Clock
}

/**
 * The port through which test calls are made.
 *
 * @throws PrivlinkError NoSandbox when the sandbox is asked for but does not answer
 */
export async function openProbe({ vantage, environment = {}, clock }: ProbeOptions): Promise<Probe> {
  const url = environment['AWS_ENDPOINT_URL']
  const sandbox = await findSandbox(url, clock)
  if (vantage === 'sandbox' && !sandbox) {
    throw new PrivlinkError('NoSandbox', `no sandbox answers at ${url ?? '(AWS_ENDPOINT_URL is not set)'}`, {
      exit: exits.usage,
      hint: 'Start one with privlink sandbox, or use --sandbox.',
    })
  }
  if (sandbox && (vantage === 'sandbox' || vantage === 'auto')) return probeInSandbox(sandbox, clock)
  // The control plane's way loads AWS's client.
  const { callByControlPlane, secureCallByControlPlane } = await import('./control-plane.ts')
  const direct = probeDirectly(clock)
  // Names are resolved in the sandbox's network if there is one, however calls are made.
  const { resolve, texts } = sandbox ? probeInSandbox(sandbox, clock) : direct
  if (vantage === 'direct') return { ...direct, resolve, texts }
  const names = { resolve, texts }
  if (vantage === 'control-plane') return { call: callByControlPlane, secureCall: secureCallByControlPlane, ...names }
  return { call: preferring(direct.call, callByControlPlane), secureCall: direct.secureCall, ...names }
}

/** The first way, or the second where the first is not possible from here. */
const preferring =
  (first: Probe['call'], second: Probe['call']): Probe['call'] =>
  async (call) => {
    const reply = await first(call)
    return reply.reached === undefined ? second(call) : reply
  }
