import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/disk/config-file.ts'
import { configSchema } from '../../src/flows/config.ts'

const text = readFileSync(new URL('../../examples/lambda.yaml', import.meta.url), 'utf8')

const changed = (from: string, to: string): string => {
  const other = text.replace(from, to)
  if (other === text) throw new Error(`the example does not say ${from}`)
  return other
}

const read = (source: string) => parseConfig(source, 'lambda.yaml', configSchema)
const made = 'function: { authorization: none }'
const existing = (arn: string) => changed(made, `function: { arn: "${arn}" }`)

it('the example of a function is sound, with and without a function that is there already', () => {
  expect(read(text).integrations['reports']).toMatchObject({ function: { authorization: 'none' } })
  const arn = 'arn:aws:lambda:us-east-1:842340000000:function:reports'
  expect(read(existing(arn)).integrations['reports']).toMatchObject({ function: { arn } })
  expect(read(changed(`    ${made}\n`, '')).integrations['reports']).toMatchObject({
    function: { authorization: 'none' },
  })
})

describe('a function is refused with', () => {
  it.each([
    ['a network that is not there', changed('network: shop', 'network: shopp'), /did you mean "shop"\?/],
    ['an account that is not there', changed('account: orders,', 'account: order,'), /did you mean "orders"\?/],
    ['nothing to call', changed('    api: { account: orders, id: a1b2c3d4e5, stage: v1 }\n', ''), /exactly one of api/],
    [
      'an integration that makes no API',
      changed('api: { account: orders, id: a1b2c3d4e5, stage: v1 }', 'integration: reports'),
      /known here: none/,
    ],
    ['its own network as the foreign one', changed('foreign: elsewhere', 'foreign: shop'), /access\.foreign/],
    [
      'a network without private DNS',
      changed('subnet-0bb22222222222222]', 'subnet-0bb22222222222222]\n    executeApi: { privateDns: false }'),
      /consumer\.network.*private DNS/,
    ],
    ['an ARN that is none', existing('reports'), /function/],
    ['a version of a function', existing('arn:aws:lambda:us-east-1:842340000000:function:reports:3'), /function/],
    [
      'a function of another account',
      existing('arn:aws:lambda:us-east-1:014770000000:function:reports'),
      /function\.arn.*of account 842340000000/,
    ],
    [
      'a function of another Region',
      existing('arn:aws:lambda:eu-west-1:842340000000:function:reports'),
      /function\.arn.*in eu-west-1/,
    ],
    ['an unknown authorization', changed(made, 'function: { authorization: basic }'), /function/],
  ])('%s', (_, source, said) => {
    expect(() => read(source)).toThrow(said)
  })
})
