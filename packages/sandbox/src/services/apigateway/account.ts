import type { Account, GetAccountRequest, UpdateAccountRequest } from '@aws-sdk/client-api-gateway'

import type { AccountWorld } from '../../state/call-context.ts'
import type { AccountRegion } from '../../state/resource.ts'
import { operation } from '../operation.ts'
import { applyPatches } from './patch.ts'
import { badRequest } from './refusals.ts'
import { onPath } from './required-permissions.ts'

type Settings = { cloudwatchRoleArn?: string | undefined }

export const accountOperations = {
  GetAccount: operation<GetAccountRequest, Account>()([], onPath, (_, call) => describeAccount(accountSettings(call))),

  UpdateAccount: operation<UpdateAccountRequest, Account>()(
    ['patchOperations'],
    onPath,
    ({ patchOperations }, call) => {
      const settings: Settings = { ...accountSettings(call) }
      applyPatches(settings, patchOperations, {
        'replace /cloudwatchRoleArn': (next, value) => {
          if (value !== '' && !/^arn:[^:]+:iam::\d{12}:role\//.test(value)) throw badRequest('Invalid ARN specified')
          next.cloudwatchRoleArn = value || undefined
        },
      })
      call.world.apigateway.accounts[keyOf(call)] = settings
      return describeAccount(settings)
    },
  ),
}

const keyOf = ({ account, region }: AccountRegion): string => `${account} ${region}`

/** The settings of an account in a Region. */
export const accountSettings = (call: AccountWorld): Settings => call.world.apigateway.accounts[keyOf(call)] ?? {}

/** Limits are API Gateway's defaults. */
const describeAccount = ({ cloudwatchRoleArn }: Settings): Account => ({
  cloudwatchRoleArn,
  throttleSettings: { burstLimit: 5000, rateLimit: 10_000 },
  features: ['UsagePlans'],
  apiKeyVersion: '4',
})
