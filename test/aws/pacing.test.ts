import { describe, expect, test } from 'vitest'
import { isReading, limits } from '../../src/aws/limits.ts'
import { openPacer, type Lane, type Pacer } from '../../src/aws/pacing.ts'
import { type Clock, jumpingClock } from 'privlink-sandbox'

const lane = (operation: string, service: Lane['service'] = 'apigateway', accountId = '842340000000'): Lane => ({
  accountId,
  region: 'us-east-1',
  service,
  operation,
})

/** When each of `count` requests got through, in ms from the start. */
const enterMany = async (clock: Clock, pacer: Pacer, to: Lane, count: number): Promise<number[]> => {
  const start = clock.now()
  return Promise.all(Array.from({ length: count }, () => pacer.enter(to).then(() => clock.now() - start)))
}

describe('the pacer', () => {
  test('deletes one API every 30 seconds', async () => {
    const clock = jumpingClock()
    expect(await enterMany(clock, openPacer(clock), lane('DeleteRestApi'), 4)).toEqual([0, 30_000, 60_000, 90_000])
  })

  test('lets a burst through and then as many as AWS gives back', async () => {
    const clock = jumpingClock()
    const at = await enterMany(clock, openPacer(clock), lane('CreateVpcEndpoint', 'ec2'), 6)
    expect(at).toEqual([0, 0, 0, 0, 3334, 6667])
  })

  test('remembers fractions of a token over many requests', async () => {
    const clock = jumpingClock()
    const at = await enterMany(clock, openPacer(clock), lane('CreateLoadBalancer', 'elbv2'), 40)
    expect(at.at(-1)).toBe(150_000)
  })

  test('holds back all operations of API Gateway together at ten per second', async () => {
    const clock = jumpingClock()
    const pacer = openPacer(clock)
    const [reads, writes] = await Promise.all([
      enterMany(clock, pacer, lane('GetRestApi'), 30),
      enterMany(clock, pacer, lane('UpdateRestApi'), 20),
    ])
    expect([...reads, ...writes].filter((at) => at === 0)).toHaveLength(40)
    expect(writes.slice(-10)).toEqual([100, 200, 300, 400, 500, 600, 700, 800, 900, 1000])
  })

  test('does not spend the shared allowance on requests that wait for their own', async () => {
    const clock = jumpingClock()
    const pacer = openPacer(clock)
    const deletions = enterMany(clock, pacer, lane('DeleteRestApi'), 50)
    expect(await enterMany(clock, pacer, lane('GetRestApi'), 39)).toEqual(Array(39).fill(0))
    expect((await deletions).at(-1)).toBe(49 * 30_000)
  })

  test('keeps accounts apart', async () => {
    const clock = jumpingClock()
    const pacer = openPacer(clock)
    await pacer.enter(lane('DeleteRestApi'))
    expect(await enterMany(clock, pacer, lane('DeleteRestApi', 'apigateway', '014770000000'), 1)).toEqual([0])
  })

  test('wakes for an earlier slot while it sleeps towards a later one', async () => {
    const clock = jumpingClock()
    const pacer = openPacer(clock)
    await pacer.enter(lane('DeleteRestApi'))
    const later = enterMany(clock, pacer, lane('DeleteRestApi'), 1)
    expect(await enterMany(clock, pacer, lane('PutRestApi'), 3)).toEqual([0, 1000, 2000])
    expect(await later).toEqual([30_000])
  })

  test('slows only the lane that was throttled, and lets the one that was refused go first', async () => {
    const clock = jumpingClock()
    const pacer = openPacer(clock)
    const start = clock.now()
    const order: [string, number][] = []
    const enter = async (name: string, operation: string, again?: boolean) => {
      await pacer.enter(lane(operation), again)
      order.push([name, clock.now() - start])
    }
    pacer.slow(lane('CreateResource'), 4000)
    await Promise.all([
      enter('new', 'CreateResource'),
      enter('refused', 'CreateResource', true),
      enter('refused later', 'CreateResource', true),
      enter('other', 'GetRestApi'),
    ])
    expect(order).toEqual([
      ['other', 0],
      ['refused', 4000],
      ['refused later', 4200],
      ['new', 4400],
    ])
  })

  test('runs one timer for many that wait', async () => {
    const clock = jumpingClock()
    let sleeps = 0
    const counting: Clock = {
      ...clock,
      sleep: (ms, signal) => {
        sleeps += 1
        return clock.sleep(ms, signal)
      },
    }
    await enterMany(counting, openPacer(counting), lane('CreateRestApi'), 100)
    // One towards each slot, and one for each that joined the queue meanwhile.
    expect(sleeps).toBeLessThan(2 * 100)
  })

  test('does not hold back what has no limit', async () => {
    const clock = jumpingClock()
    expect(await enterMany(clock, openPacer(clock), lane('AssumeRole', 'sts'), 500)).toEqual(Array(500).fill(0))
  })
})

test('the limits name operations as the commands do', async () => {
  const [ec2, elbv2, apigateway] = await Promise.all([
    import('@aws-sdk/client-ec2'),
    import('@aws-sdk/client-elastic-load-balancing-v2'),
    import('@aws-sdk/client-api-gateway'),
  ])
  const commands = { ec2, elbv2, apigateway }
  for (const service of ['ec2', 'elbv2', 'apigateway'] as const) {
    for (const operation of Object.keys(limits[service].operations)) {
      expect(Object.keys(commands[service])).toContain(`${operation}Command`)
    }
  }
  expect(isReading('DescribeVpcs')).toBe(true)
  expect(isReading('DeleteVpcEndpoints')).toBe(false)
})
