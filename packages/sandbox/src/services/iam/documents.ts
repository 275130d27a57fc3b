import { AwsError } from '../../state/aws-error.ts'
import { MalformedPolicy, readPolicy } from '../../reads/policy-document.ts'

/**
 * Checks an identity policy as PutRolePolicy does.
 *
 * @throws AwsError MalformedPolicyDocument
 */
export function checkIdentityPolicy(text: string): void {
  for (const statement of statementsOf(text)) {
    if ('Principal' in statement || 'NotPrincipal' in statement)
      throw malformed('Policy document should not specify a principal.')
    if (!('Resource' in statement || 'NotResource' in statement))
      throw malformed('Policy statement must contain resources.')
    for (const resource of [statement['Resource'] ?? statement['NotResource']].flat())
      if (!/^(\*|arn:.*)$/s.test(String(resource)))
        throw malformed(`Resource ${String(resource)} must be in ARN format or "*".`)
  }
}

/**
 * Checks a trust policy as CreateRole does, and reads it.
 *
 * @throws AwsError MalformedPolicyDocument
 */
export function readTrustPolicy(text: string): object {
  for (const statement of statementsOf(text)) {
    if ('Resource' in statement || 'NotResource' in statement) throw malformed('Has prohibited field Resource')
    if (!('Principal' in statement || 'NotPrincipal' in statement)) throw malformed('Missing required field Principal')
    for (const action of [statement['Action']].flat())
      if (!/^sts:/i.test(String(action))) throw malformed('AssumeRole policy may only specify STS AssumeRole actions.')
  }
  // `statementsOf` has read it as an object.
  return JSON.parse(text) as object
}

const malformed = (message: string) => new AwsError('MalformedPolicyDocument', message)

function statementsOf(text: string): Record<string, unknown>[] {
  let parsed: { Statement?: unknown }
  try {
    // An object, since `readPolicy` took it.
    parsed = (readPolicy(text), JSON.parse(text)) as { Statement?: unknown }
  } catch (thrown) {
    if (!(thrown instanceof MalformedPolicy)) throw thrown
    if (/not JSON/.test(thrown.message)) throw malformed('This policy contains invalid Json')
    if (/neither Action/.test(thrown.message)) throw malformed('Policy statement must contain actions.')
    throw malformed(`Syntax errors in policy. (${thrown.message})`)
  }
  // Each is an object: `readPolicy` has read them.
  const statements = [parsed.Statement].flat() as Record<string, unknown>[]
  checkSids(statements)
  for (const action of statements.flatMap(({ Action, NotAction }) => [Action ?? NotAction].flat()))
    if (!/^(\*|[\w-]+:.+)$/.test(String(action)))
      throw malformed('Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.')
  return statements
}

function checkSids(statements: readonly Record<string, unknown>[]): void {
  const sids = statements.flatMap(({ Sid }) => (typeof Sid === 'string' && Sid !== '' ? [Sid] : []))
  if (sids.some((sid) => !/^[0-9A-Za-z]*$/.test(sid)))
    throw malformed(
      'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
    )
  if (new Set(sids).size !== sids.length) throw malformed('Statement IDs (SID) in a single policy must be unique.')
}

/** Length as IAM counts it: without white space ("IAM and AWS STS quotas"). */
export const lengthOf = (text: string): number => text.replaceAll(/\s/g, '').length
