import { newId, type World } from '../../state/world.ts'
import type { EcsService } from '../../state/ecs.ts'

/** Says something in the service's events, of which ECS keeps the last hundred. */
export function addServiceEvent(world: World, at: number, service: EcsService, message: string): void {
  const event = { id: newId(world, '', 32), at, message: `(service ${service.name}) ${message}` }
  service.events = [event, ...service.events].slice(0, 100)
}
