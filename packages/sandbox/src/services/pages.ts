/**
 * One page of a list, and what leads to the next: a token that means nothing to the client, absent on the last page.
 *
 * @param token what the page before led on with; the first page has none.
 * @param refuse makes the service's own error about a token that no page gave.
 * @throws what `refuse` makes.
 */
export function pageFrom<T>(
  all: readonly T[],
  token: string | undefined,
  size: number,
  refuse: () => Error,
): { items: T[]; next?: string } {
  const text = token === undefined ? '0' : Buffer.from(token, 'base64url').toString()
  if (!/^\d+$/.test(text)) throw refuse()
  const start = Number(text)
  const end = start + size
  const items = all.slice(start, end)
  return end < all.length ? { items, next: Buffer.from(String(end)).toString('base64url') } : { items }
}
