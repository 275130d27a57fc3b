import type { World } from '../state/world.ts'
import type { Task } from '../state/ecs.ts'

/** A task as the source of connections. */
export const sourceOfTask = ({ ec2 }: World, { ip, subnetId, placement }: Task) => ({
  ip,
  groupIds: placement.groupIds,
  vpcId: ec2.subnets[subnetId]?.vpcId ?? '',
  subnetId,
  isPublic: placement.assignPublicIp,
})

/** Tells an image of NGINX by the last part of its repository's name. */
export const isNginx = (image: string): boolean => /nginx/.test(image.split('/').at(-1)?.split(/[:@]/)[0] ?? '')
