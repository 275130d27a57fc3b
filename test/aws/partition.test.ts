import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  anyEndpointService,
  executeApiName,
  partitionOf,
  privateImageIn,
  registryOf,
  serviceNameOf,
} from '../../src/aws/partition.ts'

describe('partitions', () => {
  it.each([
    ['us-east-1', 'aws'],
    ['us-gov-west-1', 'aws-us-gov'],
    ['cn-north-1', 'aws-cn'],
  ])('%s is of %s', (region, partition) => expect(partitionOf(region)).toBe(partition))

  it('name APIs and registries by their DNS suffix', () => {
    const china = { region: 'cn-north-1', partition: 'aws-cn', accountId: '842340000000' }
    expect(executeApiName(china, 'a1b2')).toBe('a1b2.execute-api.cn-north-1.amazonaws.com.cn')
    expect(executeApiName({ region: 'us-gov-west-1', partition: 'aws-us-gov' }, 'a1b2')).toBe(
      'a1b2.execute-api.us-gov-west-1.amazonaws.com',
    )
    expect(registryOf(china)).toBe('842340000000.dkr.ecr.cn-north-1.amazonaws.com.cn')
  })

  it('name services for endpoints', () => {
    expect(serviceNameOf('eu-west-1', 'ecr.dkr')).toBe('com.amazonaws.eu-west-1.ecr.dkr')
    expect(anyEndpointService('eu-west-1')).toBe('com.amazonaws.vpce.eu-west-1.vpce-svc-*')
  })

  it('find account, Region and repository in a private image', () => {
    expect(privateImageIn('842340000000.dkr.ecr.cn-north-1.amazonaws.com.cn/team/nginx:1.29')).toEqual({
      account: '842340000000',
      region: 'cn-north-1',
      repository: 'team/nginx',
    })
    expect(privateImageIn('public.ecr.aws/nginx/nginx:1.29')).toBeUndefined()
  })
})

it('no other file of src writes out what differs between partitions', () => {
  const src = resolve(import.meta.dirname, '../../src')
  // The examples in settings show what a user writes, and descriptions explain it.
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && file !== 'aws/partition.ts' && !file.endsWith('-settings.ts'),
  )
  const found = files.flatMap((file) =>
    readFileSync(resolve(src, file), 'utf8')
      .split('\n')
      .flatMap((line, index) =>
        /amazonaws\.com|com\.amazonaws|arn:aws/.test(line) && !/^\s*(\/\/|\/?\*)/.test(line)
          ? [`src/${file}:${index + 1}: ${line.trim()}`]
          : [],
      ),
  )
  expect(found).toEqual([])
})
