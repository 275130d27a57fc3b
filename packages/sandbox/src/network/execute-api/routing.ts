// Finds the method that a path means.
import type { Method, Resource } from '../../state/apigateway.ts'

/** The method that a request is for. Path parameters are as the client sent them, percent-encoded. */
export interface Route {
  resource: Resource
  method: Method
  pathParameters: Record<string, string>
}

/**
 * Finds the method for a path without the stage: a literal segment beats `{id}`, which beats `{proxy+}`; then the
 * method itself beats ANY. `{proxy+}` takes one segment or more, so `/` needs a method of its own. A resource without
 * methods is no match (assumed); one whose methods are others is, and the request fails.
 */
export function findRoute(resources: Record<string, Resource>, httpMethod: string, path: string): Route | undefined {
  const segments = path.split('/').slice(1)
  const slash = segments.length > 1 && segments.at(-1) === ''
  if (slash || (segments.length === 1 && segments[0] === '')) segments.pop()
  const matches = Object.values(resources)
    .filter((resource) => Object.keys(resource.methods).length > 0)
    .flatMap((resource) => {
      const match = matchPath(resource.path, segments)
      return match ? [{ resource, ...match }] : []
    })
    .sort((one, other) => one.rank.localeCompare(other.rank))
  const [best] = matches
  if (best === undefined) return undefined
  const method = best.resource.methods[httpMethod] ?? best.resource.methods['ANY']
  if (method === undefined) return undefined
  if (slash && best.greedy !== undefined) best.pathParameters[best.greedy] += '/'
  return { resource: best.resource, method, pathParameters: best.pathParameters }
}

/** `rank` has a letter per segment, of which the smaller is the better match. */
function matchPath(template: string, segments: string[]) {
  const wanted = template.split('/').filter((part) => part !== '')
  const pathParameters: Record<string, string> = {}
  let rank = ''
  let greedy: string | undefined
  for (const [at, part] of wanted.entries()) {
    const segment = segments[at]
    if (segment === undefined) return undefined
    const name = /^\{(.+?)(\+?)\}$/.exec(part)
    if (name?.[1] === undefined) {
      if (part !== segment) return undefined
      rank += 'a'
    } else if (name[2] === '+') {
      greedy = name[1]
      pathParameters[greedy] = segments.slice(at).join('/')
      return { pathParameters, greedy, rank: `${rank}c` }
    } else {
      pathParameters[name[1]] = segment
      rank += 'b'
    }
  }
  return wanted.length === segments.length ? { pathParameters, greedy, rank } : undefined
}
