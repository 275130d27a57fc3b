// The settings of article 1, part 2: servers of another network.
import * as z from 'zod'
import { isPrivate } from '../steps/shared/private-address.ts'
import { defineSettings } from './define-settings.ts'
import { declarePrivateApi, privateApiExample, privateApiSettings } from './private-api-settings.ts'
import { portSchema } from './setting-schemas.ts'

const targetSchema = z.union([
  z.strictObject({
    ip: z
      .ipv4()
      .refine(isPrivate, 'expected a private address (RFC 1918 or 100.64.0.0/10): a load balancer takes no other')
      .describe('Private IPv4 address of a server.'),
    port: portSchema.describe('Where it listens.'),
  }),
  z.strictObject({
    name: z
      .string()
      .regex(/^(?!-)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/, 'expected a DNS name')
      .describe('Or its DNS name, resolved anew by every setup.'),
    port: portSchema.describe('Where it listens.'),
  }),
])

export const otherNetworkSettings = defineSettings({
  schema: z.strictObject({
    flow: z.literal('other-network').describe('Servers of another network, to which the hub has a route.'),
    targets: z.array(targetSchema).min(1).describe('Where the backend is: private addresses, or DNS names of such.'),
    ...privateApiSettings,
  }),
  offers: ['api'],
  declare: declarePrivateApi,
  examples: {
    'other-network': {
      flow: 'other-network',
      targets: [{ name: 'warehouse.example.net', port: 80 }],
      ...privateApiExample,
    },
  },
})
