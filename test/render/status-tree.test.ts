import { expect, test } from 'vitest'
import type { EntryEvent } from '../../src/render/json-events.ts'
import { paletteFor } from '../../src/render/palette.ts'
import { statusTree } from '../../src/render/status-tree.ts'

const entry = (node: string, more: Partial<EntryEvent> = {}): EntryEvent => ({
  event: 'entry',
  node,
  step: 'vpc-link',
  article: '5',
  account: 'gateway',
  origin: 'created',
  status: 'ready',
  usedBy: ['orders'],
  ...more,
})

test('the tree groups by who uses a thing, and puts last what the config no longer asks for', () => {
  const tree = statusTree(
    'acme',
    [
      entry('old/link', { usedBy: ['old'], wanted: false }),
      entry('orders/link', { facts: { vpcLinkId: 'abc123' } }),
      entry('orders/service', { account: 'app', article: '1', status: 'made' }),
      entry('gateway/vpc-1/endpoint', { usedBy: ['orders', 'warehouse'], origin: 'adopted' }),
    ],
    paletteFor(false),
  )
  expect(tree.split('\n')).toEqual([
    'acme – 4 things in 2 accounts',
    '├─ orders',
    '│  ├─   1  orders/service  app      made',
    '│  └─   5  orders/link     gateway  ready  abc123',
    '├─ shared by orders, warehouse',
    '│  └─   5  gateway/vpc-1/endpoint  gateway  adopted ready',
    '└─ no longer in the config',
    '   └─   5  old/link  gateway  ready',
  ])
})
