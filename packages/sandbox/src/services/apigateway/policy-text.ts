import { checkPolicy } from '../../reads/policy.ts'
import { MalformedPolicy } from '../../reads/policy-document.ts'
import { badRequest } from './refusals.ts'

interface Home {
  region: string
  account: string
  restApiId: string
}

/** Characters of an API's resource policy (API Gateway quotas). */
const largestPolicy = 8192

/**
 * Checks an API's resource policy and brings it into the form in which it is kept: the shorthand `execute-api:/...` is
 * turned into full ARNs (OpenAPI extension x-amazon-apigateway-policy).
 *
 * @throws AwsError BadRequestException
 */
export function storePolicy(text: string, home: Home): string {
  if (text.length > largestPolicy) {
    throw badRequest(`Invalid policy document. The policy must not exceed ${largestPolicy} characters.`)
  }
  try {
    checkPolicy(text)
  } catch (thrown) {
    if (!(thrown instanceof MalformedPolicy)) throw thrown
    throw invalid(thrown.message)
  }
  const policy: { Statement: object | object[] } = JSON.parse(text)
  const statements = Array.isArray(policy.Statement) ? policy.Statement : [policy.Statement]
  const missing = ['Principal', 'Resource'].find((element) =>
    statements.some((statement) => !(element in statement) && !(`Not${element}` in statement)),
  )
  if (missing !== undefined) throw invalid(`a statement has no ${missing}`)
  const prefix = `arn:aws:execute-api:${home.region}:${home.account}:${home.restApiId}/`
  const expand = (resource: string) => resource.replace(/^execute-api:\//, prefix)
  return JSON.stringify(policy, (key, value: unknown) => {
    if (key !== 'Resource' && key !== 'NotResource') return value
    return Array.isArray(value) ? value.map((one) => expand(String(one))) : expand(String(value))
  })
}

/** The first sentence is AWS's; what follows says which rule was broken. */
const invalid = (why: string) =>
  badRequest(`Invalid policy document. Please check the policy syntax and ensure that Principals are valid. (${why})`)

/**
 * The policy as GetRestApi returns it: escaped once more than JSON needs, and with `\/` in address ranges
 * (terraform-provider-aws issues 5549 and 15602). Inside a JSON string of its own it reads as the policy.
 */
export function readBackPolicy(stored: string): string {
  const slashed = stored.replaceAll(/(\d+\.\d+\.\d+\.\d+|[\da-fA-F:]*::[\da-fA-F:]*)\/(\d+)/g, String.raw`$1\/$2`)
  return JSON.stringify(slashed).slice(1, -1)
}
