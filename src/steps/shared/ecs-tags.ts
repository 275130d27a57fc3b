import type { Tag } from '@aws-sdk/client-ecs'

/** ECS writes tags with small letters. */
export const ecsTagList = (tags: Readonly<Record<string, string>>): Tag[] =>
  Object.entries(tags).map(([key, value]) => ({ key, value }))

export const ecsTags = (tags: readonly Tag[] | undefined): Record<string, string> =>
  Object.fromEntries((tags ?? []).flatMap(({ key, value }) => (key === undefined ? [] : [[key, value ?? '']])))
