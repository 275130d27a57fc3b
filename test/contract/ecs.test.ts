import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { runningClock } from '../../src/clock.ts'
import { type Sandbox, startSandbox } from '../../packages/sandbox/src/server/sandbox.ts'
import { account, vpcForTasks } from '../support/fargate.ts'
import { awsEnvironment, has, run } from '../support/programs.ts'

const role = `arn:aws:iam::${account}:role/execution`
const trust = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' }],
}

let sandbox: Sandbox
beforeAll(async () => {
  // Two minutes of AWS in a second.
  sandbox = await startSandbox({ clock: runningClock(120), speed: 120, seed: vpcForTasks() })
  sandbox.world.iam.roles[role] = { account, trust }
})
afterAll(() => sandbox.close())

describe.runIf(has('nginx', '-v') && has('python3', '-c', 'import boto3'))('boto3', () => {
  it('runs a service on Fargate, and its waiters see it come and go', async () => {
    const script = new URL('ecs_service.py', import.meta.url).pathname
    const place = ['subnet-0000000000000ec1', 'sg-0000000000000ec5']
    const { code, stdout, stderr } = await run(process.env, 'python3', script, sandbox.url, account, role, ...place)
    expect(code, stderr).toBe(0)
    expect(JSON.parse(stdout)).toEqual({
      cluster: [{ key: 'team', value: 'payments' }],
      revision: 1,
      'wrong size': ['ClientException', 400],
      again: ['InvalidParameterException', 400],
      task: ['RUNNING', 'FARGATE', true],
      'not empty': ['ClusterContainsServicesException', 400],
      deleted: 'DELETE_IN_PROGRESS',
      gone: 'INACTIVE',
    })
  })
})

describe.runIf(has('aws', '--version'))('the aws CLI', () => {
  const aws = async (...args: string[]): Promise<unknown> => {
    const { code, stdout, stderr } = await run(awsEnvironment(sandbox.url, account), 'aws', 'ecs', ...args)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    return JSON.parse(stdout)
  }

  it('makes a cluster and reads it back, with dates and counts as it expects them', async () => {
    await aws('create-cluster', '--cluster-name', 'cli', '--tags', 'key=team,value=payments')
    const query = ['--query', 'clusters[].[clusterName,status,activeServicesCount,tags[0].value]']
    expect(await aws('describe-clusters', '--clusters', 'cli', '--include', 'TAGS', ...query)).toEqual([
      ['cli', 'ACTIVE', 0, 'payments'],
    ])
    expect(await aws('list-tasks', '--cluster', 'cli')).toEqual({ taskArns: [] })
    const { code, stderr } = await run(
      awsEnvironment(sandbox.url, account),
      ...(['aws', 'ecs', 'describe-task-definition', '--task-definition', 'nobody'] as const),
    )
    expect(code).not.toBe(0)
    expect(stderr).toContain('An error occurred (ClientException) when calling the DescribeTaskDefinition operation')
  })
})
