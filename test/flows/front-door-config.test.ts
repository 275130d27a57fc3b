import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/disk/config-file.ts'
import { configSchema } from '../../src/flows/config.ts'

const text = readFileSync(new URL('../../examples/front-door.yaml', import.meta.url), 'utf8')

const changed = (from: string, to: string): string => {
  const other = text.replace(from, to)
  if (other === text) throw new Error(`the example does not say ${from}`)
  return other
}

const read = (source: string) => parseConfig(source, 'front-door.yaml', configSchema)
const route = 'api: { account: orders, id: a1b2c3d4e5, stage: prod }'

it('the example of a front door is sound', () => {
  expect(read(text).integrations['door']?.flow).toBe('regional-front-door')
})

describe('a front door is refused with', () => {
  it.each([
    ['an account that is not there', changed('account: orders,', 'account: order,'), /did you mean "orders"\?/],
    [
      'an integration that is not there',
      changed(route, 'integration: dor'),
      /routes\[0\]\.integration.*known here: none/,
    ],
    [
      'itself behind it',
      changed(route, 'integration: door'),
      /of the integrations that make a private API, got "door"/,
    ],
    ['a route that leads nowhere', changed(`        ${route}\n`, ''), /expected exactly one of api and integration/],
    ['two routes at one prefix', changed('prefix: v1/stock', 'prefix: orders'), /expected every prefix only once/],
    [
      'a prefix with slashes around it',
      changed('prefix: v1/stock', 'prefix: /v1/stock/'),
      /without slashes at either end/,
    ],
    ['its own network as the foreign one', changed('foreign: elsewhere', 'foreign: hub'), /access\.foreign/],
    [
      'a log group that is none',
      changed(
        '# accessLogs: { logGroupArn: "arn:aws:logs:us-east-1:842340000000:log-group:front-door" }',
        'accessLogs: { logGroupArn: front-door }',
      ),
      /expected the ARN of a log group/,
    ],
    ['an unknown authorization', changed('authorization: none', 'authorization: basic'), /authorization/],
  ])('%s', (_, source, said) => {
    expect(() => read(source)).toThrow(said)
  })
})
