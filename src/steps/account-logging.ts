import { servicePrincipal } from '../aws/partition.ts'
import { GetAccountCommand } from '@aws-sdk/client-api-gateway'
import * as z from 'zod'
import { defineStep } from '../aws/define-step.ts'
import { seconds } from '../engine/step.ts'
import { exits, PrivlinkError } from '../errors.ts'
import { permission } from '../aws/permissions/permission.ts'
import { api } from '../aws/permissions/resources.ts'

/**
 * Whether API Gateway may write logs for this account and Region. The role is a setting of the whole account, which all
 * its APIs share ("Set up CloudWatch logging", API Gateway guide): it is only read.
 */
export const accountLogging = defineStep<{ logGroupArn: string }>()({
  id: 'account-logging',
  title: "API Gateway's role for writing logs",
  facts: z.object({ roleArn: z.string() }),
  permissions: {
    read: [permission('LookAtLogging', ['apigateway:GET'], api('/account'))],
  },
  patience: { upTo: seconds(30), every: seconds(5) },

  async read({ aws, inputs: { logGroupArn } }) {
    if (logGroupArn === undefined) return { state: 'absent' }
    const { cloudwatchRoleArn } = await aws.apigateway(new GetAccountCommand({}))
    const place = `account ${aws.name} (${aws.accountId}, ${aws.region})`
    const [, , , region, account] = logGroupArn.split(':')
    if (region !== aws.region || account !== aws.accountId) {
      throw new PrivlinkError('LogGroupElsewhere', `${logGroupArn} is not in ${place}`, {
        exit: exits.usage,
        hint: "Name a log group of the front door's own account and Region under api.accessLogs.",
      })
    }
    if (cloudwatchRoleArn === undefined || cloudwatchRoleArn === '') {
      throw new PrivlinkError('NoLoggingRole', `API Gateway has no role for writing logs in ${place}`, {
        exit: exits.usage,
        hint:
          `Make a role for ${servicePrincipal('apigateway')} with the policy AmazonAPIGatewayPushToCloudWatchLogs and set it for the whole ` +
          'account (aws apigateway update-account --patch-operations op=replace,path=/cloudwatchRoleArn,value=ARN), or leave api.accessLogs out.',
      })
    }
    return { state: 'ready', owner: 'other', facts: { roleArn: cloudwatchRoleArn } }
  },
})
