import type { DeleteVpcRequest } from '@aws-sdk/client-ec2'
import { expect, it } from 'vitest'
import { operation } from '../src/services/operation.ts'

it('An operation that states no permission is a type error.', () => {
  const run = ({ VpcId }: Pick<DeleteVpcRequest, 'VpcId'>) => ({ VpcId })
  // @ts-expect-error What a caller must be allowed is missing.
  const unguarded = operation<DeleteVpcRequest, object>()(['VpcId'], run)
  expect(unguarded.accepts).toEqual(['VpcId'])
})
