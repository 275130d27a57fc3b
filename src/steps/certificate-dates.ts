import * as z from 'zod'
import { defineStep } from '../aws/define-step.ts'
import { type Finding, seconds } from '../engine/step.ts'
import { exits, PrivlinkError } from '../errors.ts'

/** From when to when something is good, ISO 8601. A revocation list is never too young. */
const expirySchema = z.object({ what: z.string(), file: z.string(), from: z.string().optional(), at: z.string() })

export type Expiry = z.infer<typeof expirySchema>

/** How long before the end the user is warned, ms. */
const soon = 30 * 86_400_000

/**
 * Whether the certificates and lists that the config names as files are good now, and for how long. By the machine's
 * own clock, as clients judge them, whatever time it is in a rehearsal.
 */
export const certificateDates = defineStep<{ expiries: Expiry[] }>()({
  id: 'certificate-dates',
  title: 'Dates of the certificates',
  facts: z.object({ expiries: z.array(expirySchema) }),
  permissions: {
    read: [],
  },
  patience: { upTo: seconds(30), every: seconds(5) },

  async read({ inputs: { expiries } }) {
    if (expiries === undefined) return { state: 'absent' }
    refuseOutdated(expiries)
    const ending = expiries.filter(endsSoon)
    if (ending.length === 0) return { state: 'ready', owner: 'other', facts: { expiries } }
    const message = ending.map(({ what, at }) => `${what} ends on ${at.slice(0, 10)}`).join('; ')
    return { state: 'ready', owner: 'other', facts: { expiries }, warning: { message, hint: renew } }
  },

  async check({ facts: { expiries } }) {
    return expiries.map((expiry): Finding => {
      const { what, at } = expiry
      const evidence = `until ${at.slice(0, 10)}`
      return { check: `Validity of ${what}`, verdict: 'ok', evidence, ...(endsSoon(expiry) && { hint: renew }) }
    })
  },
})

/**
 * Setup makes nothing with what nobody will accept; verify goes on and shows what comes of it.
 *
 * @throws PrivlinkError CertificateExpired, CertificateNotYetValid (exit 2)
 */
function refuseOutdated(expiries: readonly Expiry[]): void {
  const now = Date.now()
  const expired = expiries.filter(({ at }) => Date.parse(at) <= now)
  const early = expiries.filter(({ from }) => from !== undefined && Date.parse(from) > now)
  const told = [
    ...expired.map(({ what, file, at }) => `${what} in ${file} expired on ${at.slice(0, 10)}`),
    ...early.map(({ what, file, from }) => `${what} in ${file} is not valid before ${from?.slice(0, 10)}`),
  ]
  if (told.length === 0) return
  throw new PrivlinkError(expired.length > 0 ? 'CertificateExpired' : 'CertificateNotYetValid', told.join('; '), {
    exit: exits.usage,
    hint: renew,
  })
}

const endsSoon = ({ at }: Expiry): boolean => Date.parse(at) < Date.now() + soon

const renew = 'Put a renewed one in its place and run setup: the tasks are replaced one by one.'
