import type { Reply } from '../../aws/vantage.ts'

type Answer = Extract<Reply, { reached: true }>

/** Where a call ended, and the one thing to do about it. */
export interface Diagnosis {
  hop: string
  hint: string
}

/**
 * Concludes from an unexpected answer where the way ends ("How do I troubleshoot 403 errors", re:Post, and the API
 * Gateway guide; signatures as in the developer guide's gateway responses).
 */
export function diagnose({ status, body }: Answer): Diagnosis {
  if (status === 403 && /explicit deny/i.test(body)) {
    return {
      hop: 'resource policy',
      hint: 'The deployed policy denies this endpoint: run setup to write and deploy the policy.',
    }
  }
  if (status === 403 && /not authorized to perform: execute-api:Invoke/i.test(body)) {
    return { hop: 'resource policy', hint: 'The deployed policy does not allow this: run setup to deploy it.' }
  }
  if (status === 403 && /Missing Authentication Token/i.test(body)) {
    return {
      hop: 'method',
      hint: 'The stage has no such path or method: check api.test.path and the OpenAPI document.',
    }
  }
  if (status === 403) {
    return { hop: 'endpoint', hint: 'The API is not known behind this endpoint: check its policy and the stage.' }
  }
  if (status === 504)
    return { hop: 'target', hint: 'The backend does not answer: look at the findings of the targets.' }
  if (status === 503)
    return { hop: 'load balancer', hint: 'No target is healthy: look at the findings of the targets.' }
  if (status === 500 && /internal server error/i.test(body)) {
    return { hop: 'VPC link', hint: 'Look at the VPC link, the listener on its load balancer and the targets.' }
  }
  if (status === 502) return { hop: 'backend', hint: 'The backend answered something that API Gateway cannot pass on.' }
  return {
    hop: 'backend',
    hint: 'The backend answered this itself: set api.test.path and api.test.status to what it should say.',
  }
}

/** The request and its answer, as a sentence. `request` is method and URL. */
export const answer = (request: string, { status, ms, vantage }: Answer): string =>
  `${request} got status ${status} in ${Math.round(ms)} ms (${vantage})`

/** As much of a body as fits on a line or two. */
export const excerpt = (body: string): string => (body.length > 200 ? `${body.slice(0, 197)}...` : body)
