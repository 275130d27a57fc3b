import { AwsError, type Operation } from '../../protocol/operation.ts'
import { purge } from './lookup.ts'

/**
 * Every operation of EC2 takes DryRun: it goes through all checks on a copy of the world and then refuses with
 * DryRunOperation (API reference, common query parameters).
 */
export const withDryRun = (operation: Operation): Operation => ({
  accepts: [...operation.accepts, 'DryRun'],
  run(input, call) {
    const { DryRun, ...rest }: { DryRun?: boolean } = input
    if (DryRun !== true) {
      purge(call.world, call.now)
      return operation.run(rest, call)
    }
    void operation.run(rest, { ...call, world: structuredClone(call.world) })
    throw new AwsError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412)
  },
})
