import { CreateRoleCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  DeleteFunctionCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  GetPolicyCommand,
  InvokeCommand,
  ListFunctionsCommand,
  ListTagsCommand,
  ListVersionsByFunctionCommand,
  RemovePermissionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import {
  AuthorizeSecurityGroupEgressCommand,
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  DescribeNetworkInterfacesCommand,
  ModifyVpcEndpointCommand,
  RevokeSecurityGroupEgressCommand,
} from '@aws-sdk/client-ec2'
import { strToU8, zipSync } from 'fflate'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { durations } from '../src/state/durations.ts'
import type { WorldSpec } from '../src/server/seed/seed.ts'
import { rehearse, type Rehearsal } from '../../../test/support/sandbox.ts'

const account = '842340000000'
const producer = '014770000000'
const region = 'us-east-1'
const vpcId = 'vpc-0a1b2c3d4e5f60718'
const subnetIds = ['subnet-0aa11111111111111', 'subnet-0bb22222222222222']
const endpointId = 'vpce-0123456789abcdef0'
const roleArn = `arn:aws:iam::${account}:role/worker`
const arn = `arn:aws:lambda:${region}:${account}:function:caller`
const host = `a1b2c3d4e5.execute-api.${region}.amazonaws.com`

/** A VPC with a door to a private API of another account. */
const seed: WorldSpec = {
  vpcs: [
    {
      account,
      region,
      vpcId,
      cidr: '10.0.0.0/16',
      subnets: subnetIds.map((subnetId, index) => ({ subnetId, cidr: `10.0.${index}.0/24` })),
    },
  ],
  endpoints: [
    {
      account,
      region,
      endpointId,
      vpcId,
      subnetIds,
      serviceName: `com.amazonaws.${region}.execute-api`,
      privateDns: true,
    },
  ],
  privateApis: [
    {
      account: producer,
      region,
      apiId: 'a1b2c3d4e5',
      name: 'orders',
      stage: 'v1',
      policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*' }],
      }),
    },
  ],
}

let rehearsal: Rehearsal
let groupId: string
beforeEach(async () => {
  rehearsal = await rehearse({ seed })
  const { ec2 } = rehearsal.clients(account)
  const group = { GroupName: 'function', Description: 'function', VpcId: vpcId }
  groupId = (await ec2.send(new CreateSecurityGroupCommand(group))).GroupId ?? ''
})

const lambda = () => rehearsal.clients(account).lambda
const ec2 = () => rehearsal.clients(account).ec2
const sleep = (ms: number) => rehearsal.clock.sleep(ms)

const zipOf = (code: string, path = 'index.mjs') => zipSync({ [path]: strToU8(code) })
const echo = zipOf('export const handler = async (event) => ({ got: event, name: process.env.NAME })')

/** A role that Lambda may act as, with these actions on everything; it has spread unless told otherwise. */
async function makeRole(...actions: string[]): Promise<void> {
  const { iam } = rehearsal.clients(account)
  const Statement = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await iam.send(new CreateRoleCommand({ RoleName: 'worker', AssumeRolePolicyDocument }))
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action: ['logs:PutLogEvents', ...actions], Resource: '*' },
  })
  await iam.send(new PutRolePolicyCommand({ RoleName: 'worker', PolicyName: 'inline', PolicyDocument }))
}
const forInterfaces = ['CreateNetworkInterface', 'DescribeNetworkInterfaces', 'DeleteNetworkInterface'].map(
  (name) => `ec2:${name}`,
)
async function makeReadyRole(): Promise<void> {
  await makeRole(...forInterfaces)
  await sleep(durations.roleEffective)
}

const create = (more: Partial<CreateFunctionCommandInput> = {}) =>
  lambda().send(
    new CreateFunctionCommand({
      FunctionName: 'caller',
      Role: roleArn,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Code: { ZipFile: echo },
      ...more,
    }),
  )
const inVpc = () => ({ SubnetIds: subnetIds, SecurityGroupIds: [groupId] })
const configuration = () => lambda().send(new GetFunctionConfigurationCommand({ FunctionName: 'caller' }))
const interfaces = async () => {
  const Filters = [{ Name: 'interface-type', Values: ['lambda'] }]
  const { NetworkInterfaces = [] } = await ec2().send(new DescribeNetworkInterfacesCommand({ Filters }))
  return NetworkInterfaces
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function invoke(event: unknown = {}) {
  const output = await lambda().send(
    new InvokeCommand({ FunctionName: 'caller', Payload: strToU8(JSON.stringify(event)), LogType: 'Tail' }),
  )
  const payload: unknown = JSON.parse(Buffer.from(output.Payload ?? []).toString('utf8'))
  const log = Buffer.from(output.LogResult ?? '', 'base64').toString('utf8')
  return { payload, error: output.FunctionError, status: output.StatusCode, log }
}

/** A function that is ready to be called. */
async function active(code: string, more: Partial<CreateFunctionCommandInput> = {}): Promise<void> {
  await makeReadyRole()
  await create({ Code: { ZipFile: zipOf(code) }, ...more })
  await sleep(durations.functionInterfaceMade)
}

const fetching = (url: string) => `
  import { lookup } from 'node:dns/promises'
  export const handler = async () => {
    const address = await lookup('${host}').then((one) => one.address, (error) => error.code)
    const answer = await fetch('${url}').then(
      async (response) => ({ status: response.status, body: await response.text() }),
      (error) => ({ code: error.cause?.code ?? error.name }))
    return { address, ...answer }
  }`
const callApi = fetching(`https://${host}/v1/orders`)

describe('a function', () => {
  it('is pending until it is set up, then active, and tells all that it was given', async () => {
    await makeReadyRole()
    const made = await create({
      Environment: { Variables: { NAME: 'value' } },
      Timeout: 20,
      MemorySize: 256,
      Tags: { team: 'a' },
      Description: 'calls',
    })
    expect(made).toMatchObject({
      FunctionArn: arn,
      State: 'Pending',
      StateReasonCode: 'Creating',
      Version: '$LATEST',
      CodeSize: echo.length,
    })
    await sleep(durations.functionReady)
    const { Configuration, Tags } = await lambda().send(new GetFunctionCommand({ FunctionName: arn }))
    expect(Configuration).toMatchObject({
      State: 'Active',
      LastUpdateStatus: 'Successful',
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Timeout: 20,
      MemorySize: 256,
      Environment: { Variables: { NAME: 'value' } },
      VpcConfig: { SubnetIds: [], SecurityGroupIds: [], VpcId: '' },
      Description: 'calls',
      PackageType: 'Zip',
      Architectures: ['x86_64'],
    })
    expect(Tags).toEqual({ team: 'a' })
    const { Functions } = await lambda().send(new ListFunctionsCommand())
    expect(Functions).toMatchObject([{ FunctionName: 'caller' }])
    const { Versions } = await lambda().send(new ListVersionsByFunctionCommand({ FunctionName: 'caller' }))
    expect(Versions).toMatchObject([{ Version: '$LATEST', FunctionArn: `${arn}:$LATEST` }])
  })

  it('is refused with a role that is new, and taken once the role has spread', async () => {
    await makeRole()
    await expect(create()).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: 'The role defined for the function cannot be assumed by Lambda.',
    })
    await sleep(durations.roleEffective)
    expect(await create()).toMatchObject({ State: 'Pending' })
  })

  it('is refused in a VPC if its role may not make network interfaces there', async () => {
    await makeRole('ec2:DescribeNetworkInterfaces', 'ec2:DeleteNetworkInterface')
    await sleep(durations.roleEffective)
    await expect(create({ VpcConfig: inVpc() })).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: 'The provided execution role does not have permissions to call CreateNetworkInterface on EC2',
    })
    expect(await create()).toMatchObject({ State: 'Pending' })
  })

  it.each<[string, Partial<CreateFunctionCommandInput>, RegExp]>([
    ['a runtime that it does not have', { Runtime: 'python3.13' }, /nodejs only/],
    ['code that is no zip file', { Code: { ZipFile: strToU8('code') } }, /Could not unzip/],
    ['code that leads out of its folder', { Code: { ZipFile: zipOf('', '../index.mjs') } }, /outside the package/],
    ['variables of its own', { Environment: { Variables: { AWS_REGION: 'x' } } }, /reserved keys.*AWS_REGION/],
    ['a timeout beyond 15 minutes', { Timeout: 901 }, /less than or equal to 900/],
    ['subnets without groups', { VpcConfig: { SubnetIds: subnetIds } }, /must coexist/],
    ['a subnet that is not there', { VpcConfig: { SubnetIds: ['subnet-0'], SecurityGroupIds: ['sg-0'] } }, /NotFound/],
    ['a version to publish', { Publish: true }, /does not model versions/],
    ['a role of another account', { Role: `arn:aws:iam::${producer}:role/worker` }, /Cross-account pass role/],
  ])('is refused with %s', async (_, more, message) => {
    await makeReadyRole()
    await expect(create(more)).rejects.toThrow(message)
    await expect(configuration()).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: `Function not found: ${arn}`,
    })
  })

  it('is made once: a second one of its name is a conflict', async () => {
    await makeReadyRole()
    await create()
    await expect(create()).rejects.toMatchObject({
      name: 'ResourceConflictException',
      message: 'Function already exist: caller',
    })
  })

  it('changes one thing at a time', async () => {
    await active('export const handler = async () => 1')
    const change = (Timeout: number) =>
      lambda().send(new UpdateFunctionConfigurationCommand({ FunctionName: 'caller', Timeout }))
    expect(await change(7)).toMatchObject({ Timeout: 7, LastUpdateStatus: 'InProgress' })
    const code = new UpdateFunctionCodeCommand({ FunctionName: 'caller', ZipFile: echo })
    await expect(lambda().send(code)).rejects.toMatchObject({
      name: 'ResourceConflictException',
      message: expect.stringContaining('An update is in progress'),
    })
    await sleep(durations.functionReady)
    await lambda().send(code)
    await sleep(durations.functionReady)
    expect(await configuration()).toMatchObject({ Timeout: 7, LastUpdateStatus: 'Successful', CodeSize: echo.length })
    expect((await invoke({ a: 1 })).payload).toEqual({ got: { a: 1 } })
  })

  it('is traced, or not any more, as it is told', async () => {
    await active('', { TracingConfig: { Mode: 'Active' } })
    const set = (Mode: 'Active' | 'PassThrough') =>
      lambda().send(new UpdateFunctionConfigurationCommand({ FunctionName: 'caller', TracingConfig: { Mode } }))
    expect(await configuration()).toMatchObject({ TracingConfig: { Mode: 'Active' } })
    expect(await set('PassThrough')).toMatchObject({ TracingConfig: { Mode: 'PassThrough' } })
  })

  it('keeps tags and the statements of its resource policy', async () => {
    await makeReadyRole()
    await create({ Tags: { a: '1', b: '2' } })
    await lambda().send(new TagResourceCommand({ Resource: arn, Tags: { c: '3' } }))
    await lambda().send(new UntagResourceCommand({ Resource: arn, TagKeys: ['a'] }))
    expect((await lambda().send(new ListTagsCommand({ Resource: arn }))).Tags).toEqual({ b: '2', c: '3' })

    const FunctionName = 'caller'
    const statement = { StatementId: 'api', Action: 'lambda:InvokeFunction', Principal: 'apigateway.amazonaws.com' }
    await expect(lambda().send(new GetPolicyCommand({ FunctionName }))).rejects.toThrow(/does not exist/)
    await lambda().send(new AddPermissionCommand({ FunctionName, ...statement }))
    const { Policy = '' } = await lambda().send(new GetPolicyCommand({ FunctionName }))
    expect(JSON.parse(Policy)).toMatchObject({
      Statement: [{ Sid: 'api', Principal: { Service: 'apigateway.amazonaws.com' }, Resource: arn }],
    })
    await lambda().send(new RemovePermissionCommand({ FunctionName, StatementId: 'api' }))
    await expect(lambda().send(new GetPolicyCommand({ FunctionName }))).rejects.toThrow(/does not exist/)
  })
})

describe('its network interfaces', () => {
  it('are one for each subnet and set of groups, shared, and linger after the last function that used them', async () => {
    await makeReadyRole()
    await create({ VpcConfig: inVpc() })
    expect(await configuration()).toMatchObject({ State: 'Pending' })
    await sleep(durations.functionInterfaceMade)
    expect(await configuration()).toMatchObject({ State: 'Active', VpcConfig: { VpcId: vpcId } })
    await create({ FunctionName: 'other', VpcConfig: inVpc() })
    await sleep(durations.functionReady)
    const made = await interfaces()
    expect(made.map(({ SubnetId }) => SubnetId)).toEqual(subnetIds)
    expect(made[0]).toMatchObject({
      Description: expect.stringMatching(/^AWS Lambda VPC ENI-caller-/),
      Groups: [{ GroupId: groupId }],
    })

    await lambda().send(new DeleteFunctionCommand({ FunctionName: 'caller' }))
    await sleep(durations.functionInterfaceGone)
    expect(await interfaces()).toHaveLength(2)
    await lambda().send(new DeleteFunctionCommand({ FunctionName: 'other' }))
    const remove = () => ec2().send(new DeleteSecurityGroupCommand({ GroupId: groupId }))
    await sleep(durations.functionInterfaceGone - 1000)
    await expect(remove()).rejects.toMatchObject({ name: 'DependencyViolation' })
    await sleep(1000)
    expect(await interfaces()).toEqual([])
    await remove()
  })

  it('go sooner where the function stays and leaves its VPC', async () => {
    await active('', { VpcConfig: inVpc() })
    const VpcConfig = { SubnetIds: [], SecurityGroupIds: [] }
    await lambda().send(new UpdateFunctionConfigurationCommand({ FunctionName: 'caller', VpcConfig }))
    expect(await interfaces()).toHaveLength(2)
    await sleep(durations.functionInterfaceReleased)
    expect(await interfaces()).toEqual([])
    expect(await configuration()).toMatchObject({ VpcConfig: { VpcId: '' }, LastUpdateStatus: 'Successful' })
  })

  it('let the function fail where a subnet has no address left', async () => {
    const { world } = rehearsal.sandbox
    const subnet = world.ec2.subnets[subnetIds[0] ?? '']
    if (subnet) subnet.cidrBlock = '10.0.0.0/28'
    for (let host = 4; host < 15; host += 1) world.hosts.push({ vpcId, ip: `10.0.0.${host}`, port: 80 })
    await active('', { VpcConfig: inVpc() })
    expect(await configuration()).toMatchObject({ State: 'Failed', StateReasonCode: 'SubnetOutOfIPAddresses' })
    await expect(invoke()).rejects.toMatchObject({ name: 'ResourceConflictException' })
  })

  it('go again where a change of a function fails for want of addresses', async () => {
    const { world } = rehearsal.sandbox
    const subnet = world.ec2.subnets[subnetIds[1] ?? '']
    if (subnet) subnet.cidrBlock = '10.0.1.0/28'
    for (let host = 4; host < 15; host += 1) world.hosts.push({ vpcId, ip: `10.0.1.${host}`, port: 80 })
    await active('')
    await lambda().send(new UpdateFunctionConfigurationCommand({ FunctionName: 'caller', VpcConfig: inVpc() }))
    await sleep(durations.functionInterfaceReleased)
    expect(await configuration()).toMatchObject({
      VpcConfig: { VpcId: '' },
      LastUpdateStatus: 'Failed',
      LastUpdateStatusReasonCode: 'SubnetOutOfIPAddresses',
    })
    expect(await interfaces()).toEqual([])
  })
})

describe('an invocation', () => {
  it('runs the code with its event, its variables and a session of its role, and tells what it wrote', async () => {
    await active(
      `export const handler = async (event, context) => {
        console.log('hello', event.a)
        const { NAME, AWS_REGION, AWS_ACCESS_KEY_ID, HOME } = process.env
        return { event, NAME, AWS_REGION, key: AWS_ACCESS_KEY_ID.slice(0, 4), HOME, name: context.functionName }
      }`,
      { Environment: { Variables: { NAME: 'value' } } },
    )
    const { payload, error, status, log } = await invoke({ a: 'you' })
    expect({ payload, error, status }).toEqual({
      payload: { event: { a: 'you' }, NAME: 'value', AWS_REGION: region, key: 'ASIA', name: 'caller' },
      error: undefined,
      status: 200,
    })
    expect(log).toMatch(/^START RequestId: \S+ Version: \$LATEST\n.*\tINFO\thello you\nEND RequestId: .*\nREPORT /)
  })

  it('runs CommonJS and callbacks too, from a folder', async () => {
    await makeReadyRole()
    const code = 'exports.run = (event, context, done) => done(null, event.a + 1)'
    await create({ Code: { ZipFile: zipOf(code, 'src/main.js') }, Handler: 'src/main.run' })
    await sleep(durations.functionReady)
    expect((await invoke({ a: 1 })).payload).toBe(2)
  })

  it.each([
    ['throws', "export const handler = async () => { throw new TypeError('no') }", 'TypeError', 'no'],
    ['has no such export', 'export const other = 1', 'Runtime.HandlerNotFound', 'index.handler is undefined'],
    ['ends by itself', 'export const handler = () => process.exit(3)', 'Runtime.ExitError', 'exit status 3'],
    ['never ends', 'export const handler = () => { for (;;); }', 'Sandbox.Timedout', 'timed out after 1.00 seconds'],
  ])('that %s is a function error', async (_, code, errorType, message) => {
    await active(code, { Timeout: 1 })
    const { payload, error, status } = await invoke()
    expect({ error, status }).toEqual({ error: 'Unhandled', status: 200 })
    expect(payload).toMatchObject({ errorType, errorMessage: expect.stringContaining(message) })
  })

  it('is refused while the function is pending', async () => {
    await makeReadyRole()
    await create()
    await expect(invoke()).rejects.toMatchObject({
      name: 'ResourceConflictException',
      message: expect.stringContaining('currently in the following state: Pending'),
    })
  })

  it('ends with the sandbox', async () => {
    const pidFile = join(tmpdir(), `privlink-pid-${process.pid}`)
    await active(
      `import { writeFileSync } from 'node:fs'
      export const handler = () => { writeFileSync('${pidFile}', String(process.pid)); for (;;); }`,
      { Timeout: 900 },
    )
    const called = invoke().catch((thrown: unknown) => thrown)
    while (!existsSync(pidFile)) await new Promise((resolve) => setTimeout(resolve, 20))
    const pid = Number(readFileSync(pidFile, 'utf8'))
    rmSync(pidFile)
    await rehearsal.sandbox.close()
    expect(await called).toBeInstanceOf(Error)
    await expect.poll(() => isRunning(pid)).toBe(false)
  })

  it('leaves nothing on this machine', async () => {
    await active('export const handler = async () => process.cwd()')
    const { payload } = await invoke()
    expect(existsSync(join(String(payload), '..'))).toBe(false)
    expect(readdirSync(tmpdir())).not.toContain(String(payload).split('/').at(-2))
  })

  it('goes on after a restart of the sandbox, since the code is kept with the world', async () => {
    await active('export const handler = async () => 42')
    const world = JSON.parse(JSON.stringify(rehearsal.sandbox.world))
    rehearsal = await rehearse({ world, clock: rehearsal.clock })
    expect((await invoke()).payload).toBe(42)
  })
})

describe('where a function stands', () => {
  it('in a VPC, private DNS leads to the endpoint, and from there to the API of another account', async () => {
    await active(callApi, { VpcConfig: inVpc() })
    const { payload } = await invoke()
    expect(payload).toEqual({
      address: expect.stringMatching(/^10\.0\.\d\.\d+$/),
      status: 200,
      body: expect.stringContaining('"name":"orders"'),
    })
  })

  it('without private DNS the name leads to the internet, where a private subnet has no way', async () => {
    await ec2().send(new ModifyVpcEndpointCommand({ VpcEndpointId: endpointId, PrivateDnsEnabled: false }))
    await sleep(durations.endpointModified)
    await active(callApi, { VpcConfig: inVpc() })
    const { payload, error } = await invoke()
    expect(error).toBe('Unhandled')
    expect(payload).toMatchObject({ errorMessage: expect.stringContaining('Task timed out after 3.00 seconds') })
  })

  it('its groups let connections out, or drop their packets', async () => {
    await active(callApi, { VpcConfig: inVpc() })
    const everything = { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }
    await ec2().send(new RevokeSecurityGroupEgressCommand({ GroupId: groupId, IpPermissions: [everything] }))
    expect((await invoke()).error).toBe('Unhandled')
    const https = { IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: '10.0.0.0/16' }] }
    await ec2().send(new AuthorizeSecurityGroupEgressCommand({ GroupId: groupId, IpPermissions: [https] }))
    expect((await invoke()).payload).toMatchObject({ status: 200 })
  })

  it('without a VPC it reaches the internet only, where private APIs are not', async () => {
    await active(callApi)
    expect((await invoke()).payload).toEqual({ address: '198.51.100.10', status: 403, body: '{"message":"Forbidden"}' })
  })

  it('nothing else of this machine or its network can be reached', async () => {
    await active(`
      import net from 'node:net'
      import { resolve4, resolveTxt } from 'node:dns/promises'
      const attempt = (host, port) => new Promise((resolve) => {
        const socket = net.connect({ host, port }, () => resolve('connected'))
        socket.on('error', (error) => resolve(error.code))
      })
      const { port } = new URL('${rehearsal.sandbox.url}')
      export const handler = async () => ({
        loopback: await attempt('127.0.0.1', Number(port)),
        unknown: await attempt('no.such.name.example', 80),
        txt: await resolveTxt('example.com').catch((error) => error.code),
        api: await resolve4('${host}'),
      })`)
    expect((await invoke()).payload).toEqual({
      loopback: 'ECONNREFUSED',
      unknown: 'ENOTFOUND',
      txt: 'ECONNREFUSED',
      api: ['198.51.100.10'],
    })
  })
})
