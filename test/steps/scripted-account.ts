import type { Aws } from '../../src/aws/aws.ts'
import { openRunMemory } from '../../src/aws/per-run.ts'
import type { BatchedReads } from '../../src/aws/batched-reads.ts'
import { identityFor } from '../../src/aws/tags.ts'
import type { Probe, Reply } from '../../src/aws/vantage.ts'
import type { ReadInput } from '../../src/engine/step.ts'

/** What a door was asked: AWS's name of the operation, and its input. */
interface Asked {
  operation: string
  input: unknown
}

interface Command {
  constructor: { name: string }
  input: unknown
}

/** Rows of any shape: AWS answers more than its models say. */
type ScriptedReads = { [Name in keyof BatchedReads]?: (by: Parameters<BatchedReads[Name]>[0]) => Promise<object[]> }

/** A door that writes down what it is asked and answers from a list, by operation; a function may throw. */
export function scriptedAccount(answers: Record<string, unknown> = {}, looks: ScriptedReads = {}) {
  const asked: Asked[] = []
  const send = (command: Command): Promise<unknown> => {
    const operation = command.constructor.name.replace(/Command$/, '')
    asked.push({ operation, input: command.input })
    const answer = answers[operation]
    return Promise.resolve().then(() => (typeof answer === 'function' ? answer() : (answer ?? {})))
  }
  const nothing = () => Promise.resolve([])
  const reads = new Proxy(looks, { get: (given, name) => Reflect.get(given, name) ?? nothing })
  const aws = {
    name: 'gateway',
    accountId: '842340000000',
    region: 'us-east-1',
    partition: 'aws',
    perRun: openRunMemory(),
    ec2: send,
    elbv2: send,
    apigateway: send,
    lambda: send,
    reads,
    // Every operation and every look is answered, in whatever shape the test gives.
  } as unknown as Aws
  const inputOf = (operation: string): unknown => asked.find((one) => one.operation === operation)?.input
  return { aws, asked, inputOf, operations: () => asked.map(({ operation }) => operation) }
}

export const identity = identityFor('acme', 'orders/thing')

/** A probe whose calls and names are answered as the test says. */
export const probeOf = (
  reply: Reply = { reached: undefined, why: 'not told', hint: 'tell the test' },
  names: Record<string, string[]> = {},
): Probe => ({
  call: () => Promise.resolve(reply),
  secureCall: () => Promise.resolve(reply),
  resolve: (name) => Promise.resolve(names[name] ?? []),
  texts: (name) => Promise.resolve(names[name] ?? []),
})

/** What `find` is given. */
export const sight = <I extends object, F extends object = never>(
  aws: Aws,
  inputs: Partial<I>,
  rest: Partial<ReadInput<Aws, I, F, Probe>> = {},
): ReadInput<Aws, I, F, Probe> => ({
  aws,
  inputs,
  known: undefined,
  identity,
  adopt: undefined,
  probe: probeOf(),
  ...rest,
})
