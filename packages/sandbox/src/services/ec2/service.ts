import * as model from '@aws-sdk/client-ec2'
import { ec2Tables } from '../../state/ec2.ts'
import type { Operation } from '../operation.ts'
import type { Service } from '../service.ts'
import { rates } from './rates.ts'
import { connectionOperations } from './connections.ts'
import { createEndpointOperations } from './create-endpoint.ts'
import { endpointServiceOperations } from './endpoint-services.ts'
import { endpointOperations } from './endpoints.ts'
import { internetGatewayOperations } from './internet-gateways.ts'
import { modifyEndpointOperations } from './modify-endpoint.ts'
import { networkAclOperations } from './network-acls.ts'
import { networkInterfaceOperations } from './network-interfaces.ts'
import { offerOperations } from './offers.ts'
import { permissionOperations } from './principals.ts'
import { prefixListOperations } from './prefix-lists.ts'
import { privateNameOperations } from './private-dns-names.ts'
import { routeTableOperations } from './route-tables.ts'
import { routeOperations } from './routes.ts'
import { securityGroupRuleChanges } from './security-group-rule-changes.ts'
import { securityGroupRuleOperations } from './security-group-rules.ts'
import { securityGroupOperations } from './security-groups.ts'
import { subnetOperations } from './subnets.ts'
import { tagOperations } from './tags.ts'
import { vpcOperations } from './vpcs.ts'
import { zoneOperations } from './zones.ts'
import { exists, type World } from '../../state/world.ts'

const operations: Record<string, Operation> = {
  ...zoneOperations,
  ...vpcOperations,
  ...subnetOperations,
  ...internetGatewayOperations,
  ...routeTableOperations,
  ...routeOperations,
  ...prefixListOperations,
  ...networkAclOperations,
  ...securityGroupOperations,
  ...securityGroupRuleOperations,
  ...securityGroupRuleChanges,
  ...networkInterfaceOperations,
  ...offerOperations,
  ...createEndpointOperations,
  ...modifyEndpointOperations,
  ...endpointOperations,
  ...endpointServiceOperations,
  ...permissionOperations,
  ...privateNameOperations,
  ...connectionOperations,
  ...tagOperations,
}

/** Forgets resources that have gone before each operation. */
const afterPurge = ({ run, ...operation }: Operation): Operation => ({
  ...operation,
  run(input, call) {
    purge(call.world, call.now)
    return run(input, call)
  },
})

export const ec2: Service = {
  id: 'ec2',
  protocol: 'ec2-query',
  model,
  tables: ec2Tables,
  rates,
  operations: Object.fromEntries(Object.entries(operations).map(([name, one]) => [name, afterPurge(one)])),
}

/** Forgets what has gone; it was invisible already. */
function purge(world: World, now: number): void {
  for (const table of [world.ec2.networkInterfaces, world.ec2.endpoints, world.ec2.endpointServices]) {
    for (const [id, row] of Object.entries(table)) if (!exists(row, now)) delete table[id]
  }
}
