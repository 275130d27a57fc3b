import { isAlias, isMap, isScalar, isSeq, type Document, type Node } from 'yaml'

/** A position in the file, and the text at it if it is a single value. */
export interface Spot {
  offset: number
  source: string | undefined
}

/**
 * The position of a path in a document: of its value, or of its key. A missing member is reported at the key of the
 * innermost mapping around it that exists.
 */
export function locate(document: Document.Parsed, path: readonly PropertyKey[], at: 'key' | 'value' = 'value'): Spot {
  let node = follow(document, document.contents)
  let spot = spotOf(document.contents)
  for (const [depth, part] of path.entries()) {
    const last = depth === path.length - 1
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(part))
      if (pair === undefined) return { ...spot, source: undefined }
      const key = spotOf(pair.key)
      const value = asNode(pair.value)
      // A key without a value has a value without a place.
      spot = last && at === 'value' ? spotOf(value, key.offset) : { offset: key.offset, source: undefined }
      node = follow(document, value)
    } else if (isSeq(node)) {
      const item = asNode(node.items[Number(part)])
      if (item === undefined) return { ...spot, source: undefined }
      spot = spotOf(item, spot.offset)
      node = follow(document, item)
    } else return { ...spot, source: undefined }
  }
  return spot
}

const asNode = (value: unknown): Node | undefined =>
  isMap(value) || isSeq(value) || isScalar(value) || isAlias(value) ? value : undefined

const follow = (document: Document.Parsed, node: Node | null | undefined): Node | null | undefined =>
  isAlias(node) ? node.resolve(document) : node

function spotOf(value: unknown, otherwise = 0): Spot {
  const node = asNode(value)
  return {
    offset: node?.range?.[0] ?? otherwise,
    source: isScalar(node) && typeof node.source === 'string' ? node.source : undefined,
  }
}
