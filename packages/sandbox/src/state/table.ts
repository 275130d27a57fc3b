import type { Tags } from './resource.ts'

/** A member of a row, or of a part of it, in which a client may write down whose a resource is. */
export interface Mark {
  holder: object
  member: string
}

/** The view of a table's rows in an inventory. */
interface TableView<Row> {
  /** The line of a row; its kind and id, unless told. */
  line?(row: Row, id: string): string
  /** A line for each part and setting of a row that a client may have made or changed; its tags have theirs anyway. */
  parts?(row: Row, id: string, now: number): string[]
  /** Whether a row is none of a client's resources, though its `goneAt` has not come yet. */
  hides?(row: Row, id: string): boolean
  /** The members besides its tags in which a client may write down whose a row is. */
  marks?(row: Row): Mark[]
}

/** One table of the world: what it begins with, and what it is to who looks at the whole world. */
export interface Table<Rows> {
  empty(): Rows
  /** The lines of an inventory; none for what is no resource. */
  inventory(rows: Rows, now: number): string[]
  marks(rows: Rows): Mark[]
  /** Why its rows are no resources, if they are none. */
  notResources?: string
}

/** The rows of several tables, by table. */
export type StateOf<Tables extends Record<string, Table<unknown>>> = {
  [Name in keyof Tables]: Tables[Name] extends Table<infer Rows> ? Rows : never
}

const isThere = (row: unknown, now: number): boolean => {
  const goneAt = typeof row === 'object' && row !== null && 'goneAt' in row ? row.goneAt : undefined
  return typeof goneAt !== 'number' || goneAt > now
}

const tagged = (row: unknown): { tags?: Tags } => (typeof row === 'object' && row !== null ? row : {})

/** The lines of tags, of a row or of a part that has an id of its own. */
export const tagLines = (id: string, tags: Tags = {}): string[] =>
  Object.entries(tags).map(([key, value]) => `tag ${id} ${key}=${value}`)

const shownRows = <Row, Rows extends Record<string, Row> | Row[]>(
  empty: () => Rows,
  kind: string,
  shown: TableView<Row>,
): Table<Rows> => ({
  empty,
  inventory: (rows, now) =>
    Object.entries<Row>(rows)
      .filter(([id, row]) => isThere(row, now) && shown.hides?.(row, id) !== true)
      .flatMap(([id, row]) => [
        shown.line?.(row, id) ?? `${kind} ${id}`,
        ...tagLines(id, tagged(row).tags),
        ...(shown.parts?.(row, id, now) ?? []),
      ]),
  marks: (rows) =>
    Object.values<Row>(rows).flatMap((row) => [
      ...(tagged(row).tags === undefined ? [] : [{ holder: tagged(row), member: 'tags' }]),
      ...(shown.marks?.(row) ?? []),
    ]),
})

/** A table of resources, by id. */
export const resources = <Row>(kind: string, shown: TableView<Row> = {}): Table<Record<string, Row>> =>
  shownRows<Row, Record<string, Row>>(() => ({}), kind, shown)

/** A list of resources, which have no id. */
export const resourceList = <Row>(kind: string, shown: TableView<Row>): Table<Row[]> =>
  shownRows<Row, Row[]>(() => [], kind, shown)

/** A table of what a service only keeps in mind, such as idempotency tokens. */
export const bookkeeping = <Row>(notResources: string): Table<Record<string, Row>> => ({
  empty: () => ({}),
  inventory: () => [],
  marks: () => [],
  notResources,
})
