import { addGroup } from '../../services/ec2/security-groups.ts'
import type { SecurityGroupRule } from '../../state/ec2.ts'
import { newId, type World } from '../../state/world.ts'
import type { CallContext } from '../../state/call-context.ts'
import type { AccountRegion } from '../../state/resource.ts'

export interface SecurityGroupSpec extends AccountRegion {
  groupId: string
  vpcId: string
  name: string
  /** TCP ports and the blocks that may come in by them. */
  ingress: { port: number; cidr: string }[]
}

export function seedSecurityGroup(world: World, context: CallContext, spec: SecurityGroupSpec): void {
  const { groupId, name, vpcId } = spec
  const group = addGroup(world, context, { groupId, name, description: name, vpcId })
  group.rules.push(...spec.ingress.map(({ port, cidr }) => admitTcp(world, port, cidr)))
}

/** A rule that admits a block on a TCP port. */
export const admitTcp = (world: World, port: number, cidr: string): SecurityGroupRule => ({
  ruleId: newId(world, 'sgr-'),
  egress: false,
  protocol: 'tcp',
  fromPort: port,
  toPort: port,
  cidr,
  tags: {},
})
