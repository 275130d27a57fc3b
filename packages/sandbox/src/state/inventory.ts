import type { Mark, Table } from './table.ts'
import { allTables, type World } from './world.ts'

/** Every table with what the world has in it. */
const filled = (world: World): [Table<unknown>, unknown][] =>
  Object.entries(allTables).map(([name, table]) => {
    const rows = name.split('.').reduce<unknown>((part, member) => Object(part)[member], world)
    return [table, rows]
  })

/**
 * Every resource of a world at a time (ms since the epoch), a line each, sorted: resources, what hangs on them (rules,
 * routes, targets, methods, versions of secrets) and what somebody may have changed in them (tags, policies). Two equal
 * inventories are two equal worlds to everyone but a client with sessions or idempotency tokens of its own.
 */
export const inventory = (world: World, now: number): string[] =>
  filled(world)
    .flatMap(([table, rows]) => table.inventory(rows, now))
    .sort()

/** All places of a world where clients write down whose a resource is: its tags, and texts that stand for tags. */
export const marksOf = (world: World): Mark[] => filled(world).flatMap(([table, rows]) => table.marks(rows))
