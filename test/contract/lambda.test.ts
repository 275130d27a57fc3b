import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { strToU8, zipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { runningClock } from '../../src/clock.ts'
import { type Sandbox, startSandbox } from '../../packages/sandbox/src/server/sandbox.ts'
import { inventory } from '../../packages/sandbox/src/state/inventory.ts'
import { awsEnvironment, has, run } from '../support/programs.ts'
import { initialise, terraformIn } from '../support/terraform.ts'
import { places, platform } from './places.ts'

const awsCli = has('aws', '--version')
const boto3 = has('python3', '-c', 'import boto3')
const initialised = initialise(new URL('terraform-function', import.meta.url).pathname)
const ready = 'folder' in initialised
if (!ready) process.stderr.write(`skipped: Terraform or its AWS provider is not here: ${initialised.reason}\n`)

const vpcId = 'vpc-00000000000000b0b'
const minute = 60_000
/** The twenty minutes of network interfaces in ten seconds. */
const speed = 120

const folder = mkdtempSync(join(tmpdir(), 'privlink-package-'))
const zip = join(folder, 'function.zip')
const code = 'export const handler = async (event) => ({ got: event, revision: process.env.REVISION })'
writeFileSync(zip, zipSync({ 'index.mjs': strToU8(code) }))

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox({ clock: runningClock(speed), speed, seed: places })
})
afterAll(async () => {
  await sandbox.close()
  rmSync(folder, { recursive: true, force: true })
  if ('folder' in initialised) rmSync(initialised.folder, { recursive: true, force: true })
})

const everything = () => inventory(sandbox.world, sandbox.clock.now())
const environment = () => awsEnvironment(sandbox.url, platform)

const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
})

describe.skipIf(!awsCli)('the aws CLI', () => {
  it(
    'makes a function, waits for it, calls it, is told what is wrong, and takes it away',
    async () => {
      const aws = async (...args: string[]): Promise<string> => {
        const { code: exit, stdout, stderr } = await run(environment(), 'aws', ...args)
        expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' })
        return stdout
      }
      const before = everything()
      const role = `arn:aws:iam::${platform}:role/cli`
      await aws('iam', 'create-role', '--role-name=cli', `--assume-role-policy-document=${trust}`)
      const create = ['lambda', 'create-function', '--function-name=cli', '--runtime=nodejs22.x', `--role=${role}`]
      const more = ['--handler=index.handler', `--zip-file=fileb://${zip}`, '--tags=team=a']
      const early = await run(environment(), 'aws', ...create, ...more)
      const isEarly = early.code !== 0
      if (isEarly) expect(early.stderr).toContain('The role defined for the function cannot be assumed by Lambda.')
      await new Promise((resolve) => setTimeout(resolve, 200))
      if (isEarly) await aws(...create, ...more)
      await aws('lambda', 'wait', 'function-active-v2', '--function-name=cli')
      const again = await run(environment(), 'aws', ...create, ...more)
      expect(again.stderr).toContain(
        'An error occurred (ResourceConflictException) when calling the CreateFunction operation: Function already exist: cli',
      )
      const out = join(folder, 'answer.json')
      const payload = Buffer.from('{"a":1}').toString('base64')
      const invoke = ['lambda', 'invoke', '--function-name=cli', '--log-type=Tail']
      // Version 1 takes the payload as it is, version 2 in base64.
      const version = await run(environment(), 'aws', '--version')
      const told = /aws-cli\/1\./.test(version.stdout + version.stderr) ? '{"a":1}' : payload
      const called: unknown = JSON.parse(await aws(...invoke, `--payload=${told}`, out))
      expect(called).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST', LogResult: expect.any(String) })
      const found = await aws('lambda', 'get-function', '--function-name=cli', '--query', 'Tags.team', '--output=text')
      expect(found.trim()).toBe('a')
      await aws('lambda', 'delete-function', '--function-name=cli')
      const gone = await run(environment(), 'aws', 'lambda', 'get-function', '--function-name=cli')
      expect(gone.stderr).toContain('(ResourceNotFoundException)')
      await aws('iam', 'delete-role', '--role-name=cli')
      expect(everything()).toEqual(before)
    },
    2 * minute,
  )
})

const script = `
import boto3, json, sys, time
from botocore.exceptions import ClientError
trust, package = sys.argv[1:]
iam, client = boto3.client('iam'), boto3.client('lambda')
role = iam.create_role(RoleName='boto3', AssumeRolePolicyDocument=trust)['Role']['Arn']
while True:
    try:
        client.create_function(FunctionName='boto3', Runtime='nodejs22.x', Handler='index.handler', Role=role,
            Code={'ZipFile': open(package, 'rb').read()}, Environment={'Variables': {'REVISION': '1'}})
        break
    except client.exceptions.InvalidParameterValueException as error:
        assert 'cannot be assumed by Lambda' in str(error), error
        time.sleep(0.1)
client.get_waiter('function_active_v2').wait(FunctionName='boto3')
client.update_function_configuration(FunctionName='boto3', Environment={'Variables': {'REVISION': '2'}})
client.get_waiter('function_updated_v2').wait(FunctionName='boto3')
answer = client.invoke(FunctionName='boto3', Payload=json.dumps({'a': 1}))
print(answer['StatusCode'], answer['Payload'].read().decode())
pages = client.get_paginator('list_functions').paginate()
print([one['FunctionName'] for page in pages for one in page['Functions']])
client.delete_function(FunctionName='boto3')
try:
    client.get_function_configuration(FunctionName='boto3')
except client.exceptions.ResourceNotFoundException as error:
    print(error.response['ResponseMetadata']['HTTPStatusCode'], error.response['Error']['Message'])
iam.delete_role(RoleName='boto3')
`

describe.skipIf(!boto3)('boto3', () => {
  it(
    'makes, changes, calls and deletes a function, with its own waiters',
    async () => {
      const before = everything()
      const { code: exit, stdout, stderr } = await run(environment(), 'python3', '-c', script, trust, zip)
      expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' })
      expect(stdout.trim().split('\n')).toEqual([
        '200 {"got":{"a":1},"revision":"2"}',
        "['boto3']",
        `404 Function not found: arn:aws:lambda:us-east-1:${platform}:function:boto3`,
      ])
      expect(everything()).toEqual(before)
    },
    2 * minute,
  )
})

it.skipIf(!ready)(
  'Terraform makes a function in a VPC, finds no drift, changes it in place and takes it away with its group',
  async () => {
    if (!('folder' in initialised)) return
    const before = everything()
    const terraform = terraformIn(initialised.folder, sandbox.url, { account: platform, vpc_id: vpcId, package: zip })
    await terraform.apply('1')
    const { arn = '' } = await terraform.outputs()
    expect(sandbox.world.lambda.functions[arn]).toMatchObject({ memorySize: 128, environment: { REVISION: '1' } })
    expect(await terraform.drift('1')).toBe('')
    await terraform.apply('2')
    expect(sandbox.world.lambda.functions[arn]).toMatchObject({ memorySize: 256, environment: { REVISION: '2' } })
    expect(await terraform.drift('2')).toBe('')
    await terraform.destroy('2')
    expect(everything()).toEqual(before)
  },
  5 * minute,
)
