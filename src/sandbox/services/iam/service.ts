import * as model from '@aws-sdk/client-iam'
import type { Service } from '../../protocol/operation.ts'

export const iam: Service = {
  id: 'iam',
  protocol: 'query',
  model,
  operations: {},
}
