// Applies an Application Load Balancer's rules and rewrites to a request.
import type { World } from '../state/world.ts'
import type { Listener, Outcome, RuleCondition, Transform } from '../state/elbv2.ts'
import type { HttpRequest } from './network.ts'

/** Chooses the action for a request: that of the first rule that fits, else the listener's default action. */
export function outcomeFor(
  world: World,
  listener: Listener,
  request: HttpRequest,
): Outcome & { transforms: readonly Transform[] } {
  const rules = Object.values(world.elbv2.rules)
    .filter((one) => one.listenerArn === listener.arn)
    .sort((a, b) => a.priority - b.priority)
  const rule = rules.find(({ conditions }) => conditions.every((condition) => fits(condition, request)))
  return rule ?? { ...listener, transforms: [] }
}

/** Hosts regardless of case, paths not; `*` is any text, `?` any one character ("Condition types", ALB guide). */
function fits({ field, values }: RuleCondition, { headers, path }: HttpRequest): boolean {
  const host = (headers['host'] ?? '').replace(/:\d+$/, '')
  return values.some((value) =>
    field === 'path-pattern' ? wildcard(value, '').test(path) : wildcard(value, 'i').test(host),
  )
}

const wildcard = (pattern: string, flags: string): RegExp =>
  new RegExp(
    `^${pattern
      .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
    flags,
  )

/**
 * A request as the transforms of its rule make it ("Transforms for listener rules", ALB guide): what does not match
 * stays as it is. The URL is path and query; undefined if what comes out is none.
 */
export function transformed(request: HttpRequest, transforms: readonly Transform[]): HttpRequest | undefined {
  let { path, query } = request
  let host = request.headers['host'] ?? ''
  for (const { type, regex, replace } of transforms) {
    const pattern = new RegExp(regex)
    if (type === 'host-header-rewrite') host = host.replace(pattern, replace)
    else {
      const url = `${path}${query === '' ? '' : `?${query}`}`.replace(pattern, replace)
      if (!url.startsWith('/')) return undefined
      const mark = url.indexOf('?')
      path = mark < 0 ? url : url.slice(0, mark)
      query = mark < 0 ? '' : url.slice(mark + 1)
    }
  }
  return { ...request, path, query, headers: { ...request.headers, host } }
}
