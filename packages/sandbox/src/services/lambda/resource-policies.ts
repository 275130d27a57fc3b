import type {
  AddPermissionRequest,
  AddPermissionResponse,
  GetPolicyRequest,
  GetPolicyResponse,
  RemovePermissionRequest,
} from '@aws-sdk/client-lambda'
import { randomUUID } from 'node:crypto'
import { operation } from '../operation.ts'
import { getFunction } from '../../reads/functions.ts'
import { conflict, invalidParameter, notFound } from '../../reads/function-refusals.ts'
import { onFunction } from './required-permissions.ts'

/**
 * Resource policies let API Gateway invoke a function for an authorizer; Invoke itself asks the caller's policies only.
 */
export const resourcePolicyOperations = {
  AddPermission: operation<AddPermissionRequest, AddPermissionResponse>()(
    ['FunctionName', 'StatementId', 'Action', 'Principal', 'SourceArn', 'SourceAccount'],
    onFunction(),
    (input, call) => {
      const one = getFunction(call, input.FunctionName)
      const id = input.StatementId ?? ''
      if (!/^[\w-]{1,100}$/.test(id)) throw invalidParameter(`Invalid statement id: ${id}`)
      if (one.policy[id] !== undefined) {
        throw conflict(
          `The statement id (${id}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
        )
      }
      const { SourceArn: source, SourceAccount: account } = input
      const conditions = {
        ...(account !== undefined && { StringEquals: { 'AWS:SourceAccount': account } }),
        ...(source !== undefined && { ArnLike: { 'AWS:SourceArn': source } }),
      }
      const statement = JSON.stringify({
        Sid: id,
        Effect: 'Allow',
        Principal: principalOf(input.Principal ?? ''),
        Action: input.Action,
        Resource: one.arn,
        ...(Object.keys(conditions).length > 0 && { Condition: conditions }),
      })
      one.policy[id] = statement
      one.revisionId = randomUUID()
      return { Statement: statement }
    },
  ),

  GetPolicy: operation<GetPolicyRequest, GetPolicyResponse>()(
    ['FunctionName', 'Qualifier'],
    onFunction(),
    (input, call) => {
      const one = getFunction(call, input.FunctionName, input.Qualifier)
      const statements = Object.values(one.policy).map((text): unknown => JSON.parse(text))
      if (statements.length === 0) throw notFound('The resource you requested does not exist.')
      const Policy = JSON.stringify({ Version: '2012-10-17', Id: 'default', Statement: statements })
      return { Policy, RevisionId: one.revisionId }
    },
  ),

  RemovePermission: operation<RemovePermissionRequest, object>()(
    ['FunctionName', 'StatementId', 'Qualifier', 'RevisionId'],
    onFunction(),
    (input, call) => {
      const one = getFunction(call, input.FunctionName, input.Qualifier)
      const id = input.StatementId ?? ''
      if (one.policy[id] === undefined) throw notFound(`Statement ${id} is not found in resource policy.`)
      delete one.policy[id]
      one.revisionId = randomUUID()
      return {}
    },
  ),
}

const principalOf = (name: string): string | object => {
  if (name === '*') return '*'
  if (name.endsWith('.amazonaws.com')) return { Service: name }
  return { AWS: /^\d{12}$/.test(name) ? `arn:aws:iam::${name}:root` : name }
}
