import { expect, test } from 'vitest'

import { evaluatePolicy, type PolicyRequest } from '../src/reads/policy.ts'
import { MalformedPolicy } from '../src/reads/policy-document.ts'

const arn = 'arn:aws:execute-api:us-east-1:111111111111:abc/test/GET/orders'
const ask = (over: Partial<PolicyRequest> = {}): PolicyRequest => ({
  action: 'execute-api:Invoke',
  resource: arn,
  principal: 'anonymous',
  context: { 'aws:SourceVpce': 'vpce-1' },
  ...over,
})
const allow = (more: object = {}) => ({
  Effect: 'Allow',
  Principal: '*',
  Action: 'execute-api:Invoke',
  Resource: '*',
  ...more,
})
const deny = (more: object = {}) => ({ ...allow(more), Effect: 'Deny' })
const policy = (...Statement: object[]) => ({ Version: '2012-10-17', Statement })
const decide = (document: object, over?: Partial<PolicyRequest>) => evaluatePolicy(document, ask(over)).decision
const when = (operator: string, key: string, value: unknown) =>
  policy(allow({ Condition: { [operator]: { [key]: value } } }))

test('an explicit deny wins over an allow, whatever their order', () => {
  expect(evaluatePolicy(policy(allow(), deny({ Sid: 'Shut' })), ask())).toMatchObject({
    decision: 'deny',
    statement: 'Shut',
  })
  expect(decide(policy(deny(), allow()))).toBe('deny')
})

test('what no statement mentions is neither allowed nor denied, and the reason names the statement', () => {
  const verdict = evaluatePolicy(when('StringEquals', 'aws:SourceVpce', 'vpce-2'), ask())
  expect(verdict.decision).toBe('none')
  expect(verdict.why).toContain('StringEquals aws:SourceVpce wants vpce-2, it is vpce-1')
})

test('the usual deny keeps out other endpoints and requests without any', () => {
  const usual = policy(allow(), deny({ Condition: { StringNotEquals: { 'aws:SourceVpce': ['vpce-1', 'vpce-2'] } } }))
  expect(decide(usual)).toBe('allow')
  expect(decide(usual, { context: { 'aws:sourcevpce': 'vpce-2' } })).toBe('allow')
  expect(decide(usual, { context: { 'aws:SourceVpce': 'vpce-3' } })).toBe('deny')
  expect(decide(usual, { context: {} })).toBe('deny')
})

test.each([
  ['StringEquals', 'aws:SourceVpce', ['vpce-9', 'vpce-1'], 'allow'],
  ['StringEquals', 'aws:SourceVpc', 'vpc-1', 'none'],
  ['StringEqualsIfExists', 'aws:SourceVpc', 'vpc-1', 'allow'],
  ['StringNotEquals', 'aws:SourceVpc', 'vpc-1', 'allow'],
  ['StringEqualsIgnoreCase', 'AWS:SOURCEVPCE', 'VPCE-1', 'allow'],
  ['StringLike', 'aws:SourceVpce', 'vpce-?', 'allow'],
  ['StringNotLike', 'aws:SourceVpce', 'vpce-*', 'none'],
  ['ForAnyValue:StringEquals', 'aws:SourceVpc', 'vpc-1', 'none'],
  ['ForAllValues:StringEquals', 'aws:SourceVpc', 'vpc-1', 'allow'],
  ['Null', 'aws:SourceVpc', 'true', 'allow'],
  ['Null', 'aws:SourceVpce', 'true', 'none'],
  ['StringEquals', 'aws:SourceVpce', '${aws:SourceVpc}', 'none'],
])('%s on %s with %j gives %s', (operator, key, value, expected) => {
  expect(decide(when(operator, key, value))).toBe(expected)
})

test.each([
  ['IpAddress', '10.0.0.0/16', '10.0.3.4', 'allow'],
  ['IpAddress', ['192.168.0.0/24', '10.0.3.4'], '10.0.3.4', 'allow'],
  ['IpAddress', '10.0.0.0/16', '10.1.0.1', 'none'],
  ['IpAddress', '2001:db8::/32', '10.1.0.1', 'none'],
  ['NotIpAddress', '10.0.0.0/16', '10.1.0.1', 'allow'],
  ['NotIpAddress', '10.0.0.0/16', undefined, 'allow'],
])('%s %j seen from %s gives %s', (operator, value, source, expected) => {
  expect(decide(when(operator, 'aws:VpcSourceIp', value), { context: { 'aws:VpcSourceIp': source } })).toBe(expected)
})

test('ARN conditions match part by part', () => {
  const like = when('ArnLike', 'aws:SourceArn', 'arn:aws:*:us-east-1:111111111111:a*')
  expect(decide(like, { context: { 'aws:SourceArn': arn } })).toBe('allow')
  expect(decide(like, { context: { 'aws:SourceArn': arn.replace('us-east-1', 'us-west-2') } })).toBe('none')
})

test('Bool compares without regard to case', () => {
  const context = { 'aws:SecureTransport': 'true' }
  expect(decide(when('Bool', 'aws:SecureTransport', true), { context })).toBe('allow')
  expect(decide(when('Bool', 'aws:SecureTransport', 'False'), { context })).toBe('none')
})

test('actions match without regard to case, resources with it, and both take wildcards', () => {
  expect(decide(policy(allow({ Action: 'EXECUTE-API:*', Resource: '*/test/GET/*' })))).toBe('allow')
  expect(decide(policy(allow({ Resource: '*/TEST/GET/*' })))).toBe('none')
  const { Resource: _, ...bare } = allow()
  expect(decide(policy({ ...bare, NotResource: '*/test/GET/*' }))).toBe('none')
  expect(decide(policy({ ...bare, NotResource: '*/test/POST/*' }))).toBe('allow')
})

test('an account stands for its callers and a role for its sessions, never for an anonymous one', () => {
  const session = 'arn:aws:sts::222222222222:assumed-role/privlink/run'
  for (const AWS of ['222222222222', 'arn:aws:iam::222222222222:root', 'arn:aws:iam::222222222222:role/a/privlink']) {
    expect(decide(policy(allow({ Principal: { AWS } })), { principal: session })).toBe('allow')
    expect(decide(policy(allow({ Principal: { AWS: [AWS] } })))).toBe('none')
  }
  const other = policy(allow({ Principal: { AWS: 'arn:aws:iam::222222222222:role/other' } }))
  expect(decide(other, { principal: session })).toBe('none')
  expect(decide(policy(allow({ Principal: { AWS: '*' } })))).toBe('allow')
})

test('a trust policy names no resource and still answers', () => {
  const trust = policy({
    Effect: 'Allow',
    Principal: { AWS: '000000000000' },
    Action: 'sts:AssumeRole',
    Condition: { StringEquals: { 'sts:ExternalId': 'acme' } },
  })
  const over = { action: 'sts:AssumeRole', resource: 'role', principal: 'arn:aws:iam::000000000000:root' }
  expect(decide(trust, { ...over, context: { 'sts:ExternalId': 'acme' } })).toBe('allow')
  expect(decide(trust, { ...over, context: {} })).toBe('none')
})

test.each([
  ['{"Statement":', 'not JSON'],
  [{}, 'no Statement'],
  [policy({ ...allow(), Effect: 'Permit' }), 'Effect'],
  [policy({ Effect: 'Allow', Principal: '*', Resource: '*' }), 'neither Action nor NotAction'],
  [policy(allow({ NotPrincipal: '*' })), 'NotPrincipal'],
  [policy(allow({ Principal: { Aws: '*' } })), 'unknown kind'],
  [when('StringMatches', 'aws:SourceVpce', 'x'), 'StringMatches'],
  [when('IpAddress', 'aws:SourceIp', '10.0.0.0/40'), 'bad value'],
])('%j is refused as malformed', (document, reason) => {
  expect(() => evaluatePolicy(document, ask())).toThrow(MalformedPolicy)
  expect(() => evaluatePolicy(document, ask())).toThrow(reason)
})
