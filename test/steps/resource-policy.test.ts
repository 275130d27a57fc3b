import { describe, expect, it } from 'vitest'
import { parsePolicy, policyFor, samePolicy } from '../../src/steps/shared/resource-policy.ts'

const home = { apiId: 'abc123', accountId: '842340000000', region: 'us-east-1' }
const wanted = policyFor(['vpce-0bbbbbbbb', 'vpce-0aaaaaaaa'])

describe('the resource policy', () => {
  it('has one Deny that names all endpoints', () => {
    const statements = [wanted.Statement].flat()
    expect(statements.filter(({ Effect }) => Effect === 'Deny')).toHaveLength(1)
    expect(statements[0]?.['Condition']).toEqual({
      StringNotEquals: { 'aws:SourceVpce': ['vpce-0aaaaaaaa', 'vpce-0bbbbbbbb'] },
    })
  })

  it('is known again as API Gateway writes it: escaped, with full ARNs, single values for lists, other order', () => {
    const arn = 'arn:aws:execute-api:us-east-1:842340000000:abc123/*'
    const stored = JSON.stringify({
      Statement: [
        { Effect: 'Allow', Principal: { AWS: '*' }, Action: ['execute-api:Invoke'], Resource: [arn] },
        {
          Action: 'execute-api:Invoke',
          Principal: '*',
          Effect: 'Deny',
          Resource: arn,
          Condition: { StringNotEquals: { 'aws:SourceVpce': ['vpce-0bbbbbbbb', 'vpce-0aaaaaaaa'] } },
        },
      ],
      Version: '2012-10-17',
    })
    const escaped = JSON.stringify(stored)
      .slice(1, -1)
      .replaceAll('/', String.raw`\/`)
    expect(samePolicy(parsePolicy(escaped), wanted, home)).toBe(true)
    expect(samePolicy(parsePolicy(stored), wanted, home)).toBe(true)
  })

  it.each([
    ['another endpoint', policyFor(['vpce-0aaaaaaaa', 'vpce-0cccccccc'])],
    ['one endpoint less', policyFor(['vpce-0aaaaaaaa'])],
    [
      'another API',
      {
        ...wanted,
        Statement: [
          {
            Effect: 'Allow',
            Principal: '*',
            Action: 'x',
            Resource: 'arn:aws:execute-api:us-east-1:842340000000:zzz/*',
          },
        ],
      },
    ],
    ['no policy at all', undefined],
  ])('differs from one for %s', (_, other) => {
    expect(samePolicy(other, wanted, home)).toBe(false)
  })

  it.each(['', 'not json', '[]', '{}'])('reads %j as none', (text) => {
    expect(parsePolicy(text)).toBeUndefined()
  })
})
