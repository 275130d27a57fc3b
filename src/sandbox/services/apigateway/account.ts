import type { Account, GetAccountRequest } from '@aws-sdk/client-api-gateway'

import { operation } from '../../protocol/operation.ts'

export const accountOperations = {
  /** An account that nobody has changed; limits are API Gateway's defaults. */
  GetAccount: operation<GetAccountRequest, Account>()([], () => ({
    throttleSettings: { burstLimit: 5000, rateLimit: 10_000 },
    features: ['UsagePlans'],
    apiKeyVersion: '4',
  })),
}
