import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

import { beforeAll, describe, expect, it } from 'vitest'

import { runningClock } from '../../src/clock.ts'
import { startSandbox } from '../../packages/sandbox/src/server/sandbox.ts'
import { awsEnvironment, has, run } from '../support/programs.ts'

const moto = has('python3', '-c', 'import boto3, moto.server')

/** An hour of AWS in six seconds. */
const speed = 600
/** The account that moto takes any key for. */
const account = '123456789012'
const scenario = new URL('scenario.py', import.meta.url).pathname
const listed = new URL('../../docs/moto-differences.md', import.meta.url)

interface Step {
  operation: string
  when: string
  /** Status, and the error's code if it is one. */
  outcome: string
  /** Types by path. */
  shape?: Record<string, string>
}

interface Played {
  steps: Step[]
  strange: string[]
}

let moved: Played
let rehearsed: Played

async function play(url: string): Promise<Played> {
  const ran = await run(awsEnvironment(url, account), 'python3', '-W', 'error', scenario, url)
  expect(ran).toMatchObject({ code: 0, stderr: '' })
  return JSON.parse(ran.stdout)
}

/** Starts moto on a free port, and says where. */
async function startMoto(): Promise<{ url: string; child: ChildProcess }> {
  const child = spawn('python3', ['-m', 'moto.server', '-H', '127.0.0.1', '-p', '0'], {
    env: { ...process.env, PYTHONUNBUFFERED: '1' },
  })
  let said = ''
  const url = await new Promise<string>((resolve, reject) => {
    const hear = (chunk: Buffer) => {
      said += chunk.toString()
      const found = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(said)?.[1]
      if (found !== undefined) resolve(found)
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.once('error', reject)
    child.once('close', () => reject(new Error(`moto did not start: ${said}`)))
  })
  return { url, child }
}

async function playOnMoto(): Promise<Played> {
  const { url, child } = await startMoto()
  return await play(url).finally(() => child.kill())
}

async function playOnSandbox(): Promise<Played> {
  const role = { arn: `arn:aws:iam::${account}:role/scenario`, trusts: account }
  const seed = { accounts: [{ id: account, roles: [role] }] }
  const sandbox = await startSandbox({ clock: runningClock(speed), speed, throttle: false, seed })
  return await play(sandbox.url).finally(() => sandbox.close())
}

/** What differs between two answers: a member that one lacks is told without what is below it. */
function compare(theirs: Step, ours: Step): string[] {
  const what = ours.when === '' ? ours.operation : `${ours.operation} (${ours.when})`
  if (theirs.outcome !== ours.outcome && !(theirs.shape && ours.shape))
    return [`${what} | answer | ${theirs.outcome} | ${ours.outcome}`]
  const left: Record<string, string> = { answer: theirs.outcome, ...theirs.shape }
  const right: Record<string, string> = { answer: ours.outcome, ...ours.shape }
  const paths = [...new Set([...Object.keys(left), ...Object.keys(right)])]
  return paths
    .filter((path) => left[path] !== right[path])
    .filter((path) => {
      const parent = path.replace(/(\[\]|\{\}|\.[^.[{]+)$/, '')
      return parent === path || left[parent] === right[parent]
    })
    .map((path) => `${what} | ${path} | ${left[path] ?? '-'} | ${right[path] ?? '-'}`)
}

/**
 * The differences in the document's table, without their reasons, which none may lack. A row may stand for several
 * operations, with a path for each of them or one for all.
 */
function readListed(): string[] {
  const rows = readFileSync(listed, 'utf8')
    .split('\n')
    .filter((line) => /^\| (sts|ec2|elbv2|apigateway) /.test(line))
    .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')))
  return rows.flatMap(([, named = '', paths = '', theirs, ours, reason]) => {
    expect(reason, `the reason of ${named}, ${paths}`).toBeTruthy()
    const service = named.slice(0, named.indexOf(' '))
    const operations = named.slice(service.length + 1).split(', ')
    const each = paths.split(', ')
    expect([1, operations.length], `paths of ${named}`).toContain(each.length)
    return operations.map((one, index) => `${service} ${one} | ${each[index] ?? each[0]} | ${theirs} | ${ours}`)
  })
}

describe.skipIf(!moto)('one scenario of boto3', () => {
  beforeAll(async () => {
    moved = await playOnMoto()
    rehearsed = await playOnSandbox()
  })

  it('has answers of the same shape from moto and the sandbox, but for the listed differences', () => {
    const steps = rehearsed.steps.map(({ operation, when }) => `${operation} ${when}`)
    expect(moved.steps.map(({ operation, when }) => `${operation} ${when}`)).toEqual(steps)
    const nothing: Step = { operation: '', when: '', outcome: '' }
    const seen = rehearsed.steps.flatMap((step, index) => compare(moved.steps[index] ?? nothing, step))
    expect([...new Set(seen)].sort()).toEqual(readListed().sort())
  })

  it('has no value from the sandbox that an enumeration of botocore does not know', () => {
    // AWS's own: "the state is `available` when attached to a VPC" (InternetGatewayAttachment).
    const attached = 'ec2 DescribeInternetGateways InternetGateways[].Attachments[].State: available'
    expect(rehearsed.strange).toEqual([attached])
  })
})
