import { AwsError } from '../../state/aws-error.ts'
import type { CreateServiceLinkedRoleRequest, CreateServiceLinkedRoleResponse } from '@aws-sdk/client-iam'
import { operation } from '../operation.ts'
import { findRole } from './lookup.ts'
import { showRole } from './role-operations.ts'
import { linkedRoleNames, linkedRoleArn } from '../../reads/linked-roles.ts'
import { makeLinkedRole } from '../../reads/role-permissions.ts'

export const linkedRoleOperations = {
  CreateServiceLinkedRole: operation<CreateServiceLinkedRoleRequest, CreateServiceLinkedRoleResponse>()(
    ['AWSServiceName', 'Description'],
    ({ AWSServiceName = '' }, call) => [makeLinkedRole(call, AWSServiceName)],
    ({ AWSServiceName = '', Description }, call) => {
      const name = Object.hasOwn(linkedRoleNames, AWSServiceName) ? linkedRoleNames[AWSServiceName] : undefined
      if (name === undefined)
        throw new AwsError(
          'InvalidInput',
          `Service ${AWSServiceName} has no service-linked role that the sandbox models.`,
        )
      if (findRole(call, name)) {
        const message = `Service role name ${name} has been taken in this account, please try a different suffix.`
        throw new AwsError('InvalidInput', message)
      }
      const arn = linkedRoleArn(call, AWSServiceName)
      const role = {
        account: call.account,
        trust: {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Principal: { Service: AWSServiceName }, Action: 'sts:AssumeRole' }],
        },
        createdAt: call.now,
        ...(Description !== undefined && { description: Description }),
      }
      call.world.iam.roles[arn] = role
      return { Role: showRole(arn, role) }
    },
  ),
}
