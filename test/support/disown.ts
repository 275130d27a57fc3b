import { marksOf } from '../../packages/sandbox/src/state/inventory.ts'
import type { World } from '../../packages/sandbox/src/state/world.ts'
import { tagKeys } from '../../src/aws/tags.ts'

const ours: readonly string[] = Object.values(tagKeys)

/**
 * Takes our marks off everything in a world, so that all of it looks like somebody else's: tags, and texts such as the
 * descriptions of deployments, which stand for the tags that cannot be given when they are made.
 *
 * @returns how to put them on again.
 */
export function disown(world: World): () => void {
  const marks = marksOf(world).map(({ holder, member }) => ({ holder, member, before: Reflect.get(holder, member) }))
  for (const { holder, member, before } of marks) Reflect.set(holder, member, foreign(before))
  return () => {
    for (const { holder, member, before } of marks) Reflect.set(holder, member, before)
  }
}

const foreign = (mark: unknown): unknown =>
  typeof mark === 'object' && mark !== null
    ? Object.fromEntries(Object.entries(mark).filter(([key]) => !ours.includes(key)))
    : 'made by hand'
