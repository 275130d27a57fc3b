import type { World } from '../../world.ts'

/**
 * What the private hosted zones of a VPC say of a name: addresses, none where a zone holds the name's domain but not the
 * name, undefined where no zone does.
 */
export const zoneAddresses = (_world: World, _vpcId: string, _name: string): string[] | undefined => undefined
