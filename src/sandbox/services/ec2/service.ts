import * as model from '@aws-sdk/client-ec2'
import type { Operation, Service } from '../../protocol/operation.ts'
import { withDryRun } from './dry-run.ts'
import { internetGatewayOperations } from './internet-gateways.ts'
import { networkAclOperations } from './network-acls.ts'
import { networkInterfaceOperations } from './network-interfaces.ts'
import { routeTableOperations } from './route-tables.ts'
import { routeOperations } from './routes.ts'
import { securityGroupRuleOperations } from './security-group-rules.ts'
import { securityGroupOperations } from './security-groups.ts'
import { subnetOperations } from './subnets.ts'
import { tagOperations } from './tags.ts'
import { vpcOperations } from './vpcs.ts'
import { zoneOperations } from './zones.ts'

const operations: Record<string, Operation> = {
  ...zoneOperations,
  ...vpcOperations,
  ...subnetOperations,
  ...internetGatewayOperations,
  ...routeTableOperations,
  ...routeOperations,
  ...networkAclOperations,
  ...securityGroupOperations,
  ...securityGroupRuleOperations,
  ...networkInterfaceOperations,
  ...tagOperations,
}

export const ec2: Service = {
  id: 'ec2',
  protocol: 'ec2-query',
  model,
  operations: Object.fromEntries(Object.entries(operations).map(([name, one]) => [name, withDryRun(one)])),
}
