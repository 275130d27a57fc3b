import { jumpingClock } from 'privlink-sandbox'
import { makeFaults } from '../../src/server/faults.ts'
import { dispatch, type Dispatcher } from '../../src/server/protocol/dispatch.ts'
import { openNetwork } from '../../src/network/open-network.ts'
import { certificates } from '../../src/network/tls.ts'
import type { Operation } from '../../src/services/operation.ts'
import type { Service } from '../../src/services/service.ts'
import { listen } from '../../src/server/listen.ts'
import { services } from '../../src/services/services.ts'
import { emptyWorld } from '../../src/state/world.ts'
import { atEndOfFile } from '../../../../test/support/end-of-file.ts'
import { clientsFor } from '../../../../test/support/sandbox.ts'
import type { ServerRequest } from '../../src/network/http.ts'

/** A service by its id, with the given operations instead of its own. */
function pretend(id: string, operations: Record<string, Operation>): Service {
  const service = services.find((service) => service.id === id)
  if (!service) throw new Error(`no service ${id}`)
  return { ...service, operations }
}

/** Serves pretended services over the real wire until the test file ends, and remembers what was read from it. */
export async function overTheWire(operations: Record<string, Record<string, object | (() => object)>>) {
  const inputs: Record<string, unknown>[] = []
  const requests: ServerRequest[] = []
  const clock = jumpingClock()
  const world = emptyWorld(clock.now())
  const pretended = Object.entries(operations).map(([id, answers]) =>
    pretend(
      id,
      Object.fromEntries(
        Object.entries(answers).map(([name, answer]) => [name, operationOf(id, name, answer, inputs)]),
      ),
    ),
  )
  const on: Dispatcher = {
    world,
    clock,
    network: openNetwork({ world, clock }, await certificates()),
    services: pretended,
    faults: makeFaults(),
    record: () => undefined,
  }
  const server = await listen((request, signal) => {
    requests.push(request)
    return dispatch(on, request, signal)
  }, {})
  atEndOfFile(server.close)
  const url = `http://127.0.0.1:${server.port}`
  return { url, inputs, requests, clients: clientsFor(url, clock, '111122223333') }
}

function operationOf(id: string, name: string, answer: object | (() => object), inputs: object[]): Operation {
  return {
    accepts: everyMember(id, name).filter((member) => !['Ipv6Pool', 'cloneFrom', 'ProtocolVersion'].includes(member)),
    permissions: () => [],
    run: (input) => {
      inputs.push(input)
      return typeof answer === 'function' ? answer() : answer
    },
  }
}

/** The members of an operation's input, as its schema lists them. */
function everyMember(id: string, name: string): string[] {
  const model = services.find((service) => service.id === id)?.model ?? {}
  const operation = model[`${name}$`]
  const input: unknown = Array.isArray(operation) ? operation[4] : undefined
  const schema: unknown = typeof input === 'function' ? input() : input
  return Array.isArray(schema) && Array.isArray(schema[4]) ? schema[4].map(String) : []
}
