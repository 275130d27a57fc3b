import { z } from 'zod'
import { isPrivate } from '../steps/private-address.ts'
import { commonSettings, portSchema } from './flow.ts'

const targetSchema = z.union([
  z.strictObject({
    ip: z
      .ipv4()
      .refine(isPrivate, 'expected a private address (RFC 1918 or 100.64.0.0/10): a load balancer takes no other'),
    port: portSchema,
  }),
  z.strictObject({
    name: z.string().regex(/^(?!-)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/, 'expected a DNS name'),
    port: portSchema,
  }),
])

/** What the config says of an integration of article 1, part 2. Apart from its steps, which load AWS's clients. */
export const otherNetworkSettings = z.strictObject({
  flow: z.literal('other-network'),
  targets: z.array(targetSchema).min(1).describe('Where the backend is: private addresses, or DNS names of such.'),
  ...commonSettings,
})
