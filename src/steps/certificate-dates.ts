import { z } from 'zod'
import { defineStep } from '../aws/define-step.ts'
import { type Finding, seconds } from '../engine/step.ts'

const expirySchema = z.object({ what: z.string(), file: z.string(), at: z.string() })

type Expiry = z.infer<typeof expirySchema>

/** How long before the end somebody should know. */
const soon = 30 * 86_400_000

/**
 * How long the certificates will be good that the config names as files. By the machine's own clock, as clients judge
 * them.
 */
export const certificateDates = defineStep<{ expiries: Expiry[] }>()({
  id: 'certificate-dates',
  title: 'Dates of the certificates',
  facts: z.object({ expiries: z.array(expirySchema) }),
  actions: { look: [] },
  patience: { upTo: seconds(30), every: seconds(5) },

  async find({ inputs: { expiries } }) {
    if (expiries === undefined) return { state: 'absent' }
    const ending = expiries.filter(endsSoon)
    if (ending.length === 0) return { state: 'ready', owner: 'other', facts: { expiries } }
    const message = ending.map(({ what, at }) => `${what} ends on ${at.slice(0, 10)}`).join('; ')
    return { state: 'ready', owner: 'other', facts: { expiries }, beware: { message, hint: renew } }
  },

  async check({ facts: { expiries } }) {
    return expiries.map((expiry): Finding => {
      const { what, at } = expiry
      const check = `Validity of ${what}`
      const evidence = `until ${at.slice(0, 10)}`
      if (Date.parse(at) <= Date.now()) return { check, verdict: 'failed', hop: 'proxy', evidence, hint: renew }
      return { check, verdict: 'ok', evidence, ...(endsSoon(expiry) && { hint: renew }) }
    })
  },
})

const endsSoon = ({ at }: Expiry): boolean => Date.parse(at) < Date.now() + soon

const renew = 'Put a renewed one in its place and run setup: the tasks are replaced one by one.'
