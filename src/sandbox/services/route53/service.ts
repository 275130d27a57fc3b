import * as model from '@aws-sdk/client-route-53'
import type { Service } from '../../protocol/operation.ts'

export const route53: Service = {
  id: 'route53',
  protocol: 'rest-xml',
  model,
  operations: {},
}
