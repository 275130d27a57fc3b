import { atEndOfFile } from '../support/end-of-file.ts'
import { openAccounts, type AccountsOptions } from '../../src/aws/accounts.ts'
import type { SandboxOptions } from '../../packages/sandbox/src/server/sandbox.ts'
import { operator as operatorId, rehearse } from '../support/sandbox.ts'

export const gatewayId = '842340000000'
const role = `arn:aws:iam::${gatewayId}:role/privlink`

export const gateway = { id: gatewayId, region: 'us-east-1', roleArn: role, externalId: 'acme' }

/** The operator's own account, as a config names it. */
export const operator = { id: operatorId, region: 'us-east-1' }

export const seed = {
  accounts: [{ id: gatewayId, roles: [{ arn: role, trusts: operator.id, externalId: 'acme' }] }],
  vpcs: ['vpc-0aaaaaaaaaaaaaaa1', 'vpc-0aaaaaaaaaaaaaaa2'].map((vpcId, index) => ({
    account: gatewayId,
    region: 'us-east-1',
    vpcId,
    cidr: `10.${index}.0.0/16`,
    subnets: [1, 2].map((n) => ({ subnetId: `subnet-0${index}${n}`, cidr: `10.${index}.${n}.0/24` })),
  })),
}

/** Accounts whose doors lead into a sandbox of their own. */
export async function openTestAccounts(
  accounts: AccountsOptions['accounts'] = { gateway },
  sandbox: SandboxOptions = {},
  options: Partial<AccountsOptions> = {},
) {
  const rehearsal = await rehearse({ seed, ...sandbox })
  const doors = openAccounts({ accounts, clock: rehearsal.clock, environment: rehearsal.environment, ...options })
  atEndOfFile(doors.close)
  const count = (operation: string) => rehearsal.sandbox.calls.filter((call) => call.operation === operation).length
  return { ...rehearsal, ...doors, count }
}
