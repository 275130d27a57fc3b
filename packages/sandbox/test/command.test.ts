import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DescribeVpcsCommand } from '@aws-sdk/client-ec2'
import { beforeAll, describe, expect, it } from 'vitest'
import { built } from '../../../test/support/built.ts'
import { clientsFor } from '../../../test/support/sandbox.ts'
import { runCommand } from '../src/server/command.ts'
import { runningClock } from '../src/state/clock.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'privlink-sandbox-'))
})

const file = async (name: string, content: unknown): Promise<string> => {
  const path = join(folder, name)
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

describe('privlink-sandbox', () => {
  it('serves what its seed says as a process of its own, and ends well when it is told to', async () => {
    const main = await built('../node_modules/privlink-sandbox/dist/main.js')
    const vpc = {
      account: '111122223333',
      region: 'us-east-1',
      vpcId: 'vpc-0a1b2c3d',
      cidr: '10.0.0.0/16',
      subnets: [],
    }
    const seed = await file('seed.json', { vpcs: [vpc] })
    const state = join(folder, 'world.json')
    const child = spawn(process.execPath, [main, '--seed', seed, '--state', state, '--speed', '10'])
    const ended = once(child, 'exit')
    const [said] = await once(child.stdout, 'data')
    const url = /^AWS_ENDPOINT_URL=(http:\/\/127\.0\.0\.1:\d+)\n$/.exec(String(said))?.[1] ?? ''
    const { ec2 } = clientsFor(url, runningClock(), '111122223333')
    const { Vpcs = [] } = await ec2.send(new DescribeVpcsCommand({}))
    expect(Vpcs.map(({ VpcId }) => VpcId)).toEqual(['vpc-0a1b2c3d'])
    child.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
    expect(JSON.parse(await readFile(state, 'utf8'))).toMatchObject({ ec2: { vpcs: { 'vpc-0a1b2c3d': {} } } })
  })

  const run = async (...argv: string[]) => {
    const lines: string[] = []
    const say = (line: string) => void lines.push(line)
    const exit = await runCommand(argv, { out: say, err: say, signal: AbortSignal.abort() })
    return { exit, text: lines.join('\n') }
  }

  it('shows its options', async () => {
    expect(await run('--help')).toMatchObject({ exit: 0, text: expect.stringContaining('--state FILE') })
  })

  it.each([
    [['--prot', '1'], /Unknown option '--prot'\nRun privlink-sandbox --help/],
    [['4566'], /Unexpected argument '4566'\nRun/],
    [['--port', '70000'], /--port 70000: it is not a number up to 65535\nRun/],
    [['--speed', '0'], /--speed 0: it is not a number/],
    [['--seed', '/nowhere/seed.json'], /--seed \/nowhere\/seed\.json: ENOENT.*\nGive --seed a JSON file/],
  ])('refuses %j, and says what to do', async (argv, text) => {
    expect(await run(...argv)).toEqual({ exit: 2, text: expect.stringMatching(text) })
  })

  it.each([
    ['no JSON', '{', /seed\.json: .*JSON/],
    ['no object', [], /it is not a JSON object\nA seed may have accounts, vpcs/],
    ['an unknown part', { vpc: [] }, /vpc: there is no such part/],
    ['a part of another kind', { vpcs: {} }, /vpcs: it is not a list/],
    ['a VPC without subnets', { vpcs: [{ vpcId: 'vpc-1', account: '1', region: 'r', cidr: '10.0.0.0/16' }] }, /VPC: /],
  ])('refuses a seed with %s, and says where', async (_, seed, text) => {
    expect(await run('--seed', await file('seed.json', seed))).toEqual({ exit: 2, text: expect.stringMatching(text) })
  })

  it('refuses faults that it does not know, and says which', async () => {
    const faults = await file('faults.json', [{ operation: 'CreateVpc', kind: 'odd' }])
    expect(await run('--faults', faults)).toEqual({ exit: 2, text: expect.stringContaining('faults: 0.kind') })
  })

  it('refuses a port that is taken', async () => {
    const { startSandbox } = await import('../src/index.ts')
    const sandbox = await startSandbox()
    const { port } = new URL(sandbox.url)
    expect(await run('--port', port)).toEqual({ exit: 2, text: expect.stringContaining('another program listens') })
    await sandbox.close()
  })
})
