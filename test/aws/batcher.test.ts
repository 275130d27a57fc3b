import { expect, test } from 'vitest'
import { allPages, makeBatcher } from '../../src/aws/batcher.ts'

interface Row {
  id: string
  vpc: string
}

const rows: Row[] = [
  { id: 'a', vpc: '1' },
  { id: 'b', vpc: '1' },
  { id: 'c', vpc: '2' },
]

type Ask = { id: string } | { vpc: string }

function spiedLoader(fetch: (asks: readonly Ask[]) => Promise<Row[]> = async () => rows) {
  const fetched: Ask[][] = []
  const load = makeBatcher<Ask, Row>({
    kindOf: (ask) => Object.keys(ask).join(),
    matches: (ask, row) => ('id' in ask ? row.id === ask.id : row.vpc === ask.vpc),
    fetch: (asks) => {
      fetched.push([...asks])
      return fetch(asks)
    },
  })
  return { load, fetched }
}

/** Long enough for what was asked or answered to have its effect. */
async function turn(): Promise<void> {
  for (let n = 0; n < 2; n += 1) await new Promise((resolve) => setImmediate(resolve))
}

test('looks of one kind in the same turn travel together, and everybody gets their own rows', async () => {
  const { load, fetched } = spiedLoader()
  const answers = await Promise.all([load({ id: 'a' }), load({ vpc: '1' }), load({ id: 'c' }), load({ id: 'gone' })])
  expect(fetched).toEqual([[{ id: 'a' }, { id: 'c' }, { id: 'gone' }], [{ vpc: '1' }]])
  expect(answers.map((found) => found.map(({ id }) => id))).toEqual([['a'], ['a', 'b'], ['c'], []])
})

test('a look that is asked while one is in the air does not share its answer', async () => {
  let release: (rows: Row[]) => void = () => {}
  const { load, fetched } = spiedLoader(() => new Promise((resolve) => (release = resolve)))
  const first = load({ id: 'a' })
  await turn()
  const second = load({ id: 'a' })
  release([])
  expect(await first).toEqual([])
  await turn()
  release(rows)
  expect(await second).toHaveLength(1)
  expect(fetched).toHaveLength(2)
})

test('looks that are asked while one is in the air travel together in the next', async () => {
  const releases: ((rows: Row[]) => void)[] = []
  const { load, fetched } = spiedLoader(() => new Promise((resolve) => releases.push(resolve)))
  const first = load({ id: 'a' })
  await turn()
  const later = [load({ id: 'b' })]
  await turn()
  later.push(load({ id: 'c' }))
  expect(fetched).toHaveLength(1)
  releases[0]?.(rows)
  await first
  await turn()
  releases[1]?.(rows)
  expect((await Promise.all(later)).flat().map(({ id }) => id)).toEqual(['b', 'c'])
  expect(fetched).toEqual([[{ id: 'a' }], [{ id: 'b' }, { id: 'c' }]])
})

test('a failed fetch fails everybody who was on board, and nobody after', async () => {
  let fails = true
  const { load } = spiedLoader(async () => {
    if (fails) throw new Error('no way')
    return rows
  })
  const answers = await Promise.allSettled([load({ id: 'a' }), load({ id: 'b' })])
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  fails = false
  expect(await load({ id: 'b' })).toHaveLength(1)
})

test('a list is followed to its end, also when a page in between is empty', async () => {
  const pages: Record<string, { rows: number[] | undefined; next: string | undefined }> = {
    start: { rows: [1], next: 'second' },
    second: { rows: undefined, next: 'third' },
    third: { rows: [3], next: '' },
  }
  expect(await allPages(async (next = 'start') => pages[next] ?? { rows: [], next: undefined })).toEqual([1, 3])
})
