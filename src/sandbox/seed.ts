import type { World } from './world.ts'

export interface WorldSpec {}

export function seedWorld(_world: World, _spec: WorldSpec, _now: number): void {}
