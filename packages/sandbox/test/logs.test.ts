import {
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DeleteRetentionPolicyCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  ListTagsForResourceCommand,
  PutLogEventsCommand,
  PutRetentionPolicyCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { describe, expect, it } from 'vitest'
import { appendLog } from '../src/writes/log-events.ts'
import { has, awsEnvironment, run } from '../../../test/support/programs.ts'
import { rehearse } from '../../../test/support/sandbox.ts'

const account = '111122223333'
const { sandbox, clock, clients } = await rehearse()
const { logs } = clients(account)
const make = (logGroupName: string, tags = {}) => logs.send(new CreateLogGroupCommand({ logGroupName, tags }))
const groupsBy = async (logGroupNamePrefix: string) =>
  (await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix }))).logGroups ?? []

describe('a log group', () => {
  it('is made once, shows two ARNs, and keeps its events for as long as it is told', async () => {
    const logGroupName = '/ecs/one'
    await make(logGroupName)
    await expect(make(logGroupName)).rejects.toMatchObject({ name: 'ResourceAlreadyExistsException' })
    await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 30 }))
    const logGroupArn = `arn:aws:logs:us-east-1:${account}:log-group:/ecs/one`
    expect(await groupsBy('/ecs/')).toMatchObject([{ arn: `${logGroupArn}:*`, logGroupArn, retentionInDays: 30 }])
    await expect(logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 31 }))).rejects.toMatchObject(
      { name: 'InvalidParameterException' },
    )
    await logs.send(new DeleteRetentionPolicyCommand({ logGroupName }))
    expect((await groupsBy('/ecs/'))[0]).not.toHaveProperty('retentionInDays')
    await logs.send(new DeleteLogGroupCommand({ logGroupName }))
    await expect(logs.send(new DeleteLogGroupCommand({ logGroupName }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    })
  })

  it('is tagged by its ARN', async () => {
    await make('tagged', { a: '1' })
    const resourceArn = `arn:aws:logs:us-east-1:${account}:log-group:tagged`
    await logs.send(new TagResourceCommand({ resourceArn, tags: { b: '2' } }))
    const many = Object.fromEntries(Array.from({ length: 49 }, (_, index) => [`more${index}`, '']))
    await expect(logs.send(new TagResourceCommand({ resourceArn, tags: many }))).rejects.toMatchObject({
      name: 'InvalidParameterException',
    })
    await logs.send(new UntagResourceCommand({ resourceArn, tagKeys: ['a'] }))
    expect((await logs.send(new ListTagsForResourceCommand({ resourceArn }))).tags).toEqual({ b: '2' })
  })
})

describe('events', () => {
  const logGroupName = 'events'
  const logStreamName = 'task/1'
  const at = (n: number) => clock.now() - 1000 + n

  it('are written in order and read from either end', async () => {
    await make(logGroupName)
    await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }))
    const put = (times: number[]) =>
      logs.send(
        new PutLogEventsCommand({
          logGroupName,
          logStreamName,
          logEvents: times.map((n) => ({ timestamp: at(n), message: `event ${n}` })),
        }),
      )
    await expect(put([2, 1])).rejects.toMatchObject({ name: 'InvalidParameterException' })
    expect((await put([1, 2, 3, 10_000_000])).rejectedLogEventsInfo).toEqual({ tooNewLogEventStartIndex: 3 })
    const read = async (more: object) => {
      const request = new GetLogEventsCommand({ logGroupName, logStreamName, limit: 2, ...more })
      const { events = [], nextForwardToken } = await logs.send(request)
      return { said: events.map(({ message }) => message), nextToken: nextForwardToken }
    }
    expect((await read({})).said).toEqual(['event 2', 'event 3'])
    const first = await read({ startFromHead: true })
    const second = await read({ nextToken: first.nextToken })
    const third = await read({ nextToken: second.nextToken })
    expect([first.said, second.said, third.said]).toEqual([['event 1', 'event 2'], ['event 3'], []])
    expect(third.nextToken).toBe(second.nextToken)
  })

  it('of tasks and functions are found by what they say', async () => {
    const write = (stream: string, message: string) =>
      appendLog(sandbox.world, { account, region: 'us-east-1' }, { group: logGroupName, stream }, clock.now(), message)
    expect(write('task/2', 'GET / 200\nGET /orders 403\n')).toBe(true)
    const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName, filterPattern: 'GET "403"' }))
    expect(events).toMatchObject([{ logStreamName: 'task/2', message: 'GET /orders 403' }])
    const { logStreams = [] } = await logs.send(
      new DescribeLogStreamsCommand({ logGroupName, orderBy: 'LastEventTime', descending: true }),
    )
    expect(logStreams.map((stream) => stream.logStreamName)).toEqual(['task/2', 'task/1'])
    expect(
      appendLog(sandbox.world, { account, region: 'eu-west-1' }, { group: logGroupName, stream: 's' }, 0, 'x'),
    ).toBe(false)
  })

  it('do not let the world grow without end', () => {
    const group = { account, region: 'us-east-1' }
    for (let n = 0; n < 1100; n++) {
      appendLog(sandbox.world, group, { group: logGroupName, stream: 'long' }, clock.now() + n, `${n} `.repeat(10_000))
    }
    const { events = [] } =
      sandbox.world.logs.groups[`arn:aws:logs:us-east-1:${account}:log-group:events`]?.streams['long'] ?? {}
    expect(events).toHaveLength(1000)
    expect(events.at(-1)?.message).toMatch(/^1099 /)
    expect(Math.max(...events.map(({ message }) => message.length))).toBeLessThanOrEqual(16_384)
  })
})

it.skipIf(!has('python3', '-c', 'import boto3'))('boto3 writes and reads events', async () => {
  const script = `
import boto3, json, sys
logs = boto3.client('logs')
logs.create_log_group(logGroupName='by-boto3', tags={'k': 'v'})
logs.create_log_stream(logGroupName='by-boto3', logStreamName='s')
logs.put_log_events(logGroupName='by-boto3', logStreamName='s', logEvents=[{'timestamp': int(sys.argv[1]), 'message': 'ü'}])
pages = logs.get_paginator('filter_log_events').paginate(logGroupName='by-boto3')
print(json.dumps([event['message'] for page in pages for event in page['events']]))
try:
    logs.create_log_group(logGroupName='by-boto3')
except logs.exceptions.ResourceAlreadyExistsException as error:
    print(error.response['Error']['Code'])
`
  const { code, stdout, stderr } = await run(
    awsEnvironment(sandbox.url, account),
    'python3',
    '-c',
    script,
    String(clock.now()),
  )
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout.trim().split('\n')).toEqual(['["\\u00fc"]', 'ResourceAlreadyExistsException'])
})
