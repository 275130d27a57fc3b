import { GetResourcesCommand, GetStageCommand, TestInvokeMethodCommand } from '@aws-sdk/client-api-gateway'
import type { Aws } from './aws.ts'
import { isFailure, unlessMissing } from './failures.ts'
import { allPages } from './batcher.ts'
import { messageOf } from '../errors.ts'
import type { Probe, Reply, TestCall } from './vantage.ts'

/**
 * The backend is really called (how-to-test-method, API Gateway developer guide): only what changes nothing is asked.
 */
const harmless: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

const unreached = (why: string, hint: string): Reply => ({ reached: undefined, why, hint })

/**
 * Test calls by TestInvokeMethod: through method, VPC link and backend as configured now, past the resource policy, the
 * endpoint and the deployed stage, of which only the variables are used.
 */
export const callByControlPlane: Probe['call'] = async (call) => {
  const { aws, apiId, method, path } = call
  if (!harmless.has(method))
    return unreached(`${method} is not tested, since it might change something`, 'Test with GET.')
  try {
    const found = await methodFor(aws, apiId, method, path)
    if (found === undefined) return unreached(`API ${apiId} has no method for ${method} ${path}`, 'Run setup first.')
    const { status, headers, body, latency } = await aws.apigateway(
      new TestInvokeMethodCommand({
        restApiId: apiId,
        ...found,
        pathWithQueryString: path,
        stageVariables: await variablesOf(call),
      }),
    )
    const lowered = Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value])
    return {
      reached: true,
      vantage: 'control-plane',
      status: status ?? 0,
      headers: Object.fromEntries(lowered),
      body: body ?? '',
      ms: latency ?? 0,
    }
  } catch (thrown) {
    if (isFailure(thrown, 'Denied')) {
      return unreached(messageOf(thrown), `Grant apigateway:POST on methods of API ${apiId} for test calls.`)
    }
    if (isFailure(thrown, 'NotFound')) return unreached(messageOf(thrown), 'Run setup first.')
    // Asked again, the backend would be called again.
    if (isFailure(thrown, 'AnswerLost')) return unreached(messageOf(thrown), 'Verify again.')
    throw thrown
  }
}

/** There is no way by the control plane to speak TLS to something in a network. */
export const secureCallByControlPlane: Probe['secureCall'] = ({ name }) =>
  Promise.resolve(
    unreached(
      `what answers as ${name} can only be asked from its network`,
      'Run privlink from a machine in the network, or one that is connected to it.',
    ),
  )

/**
 * Finds the resource and method that would serve the request: the resource of its path, else the nearest greedy one,
 * and there the method or ANY. ANY is tested by the verb of the request, as in the console: the request for the verb
 * ANY is not known.
 */
async function methodFor(
  aws: Aws,
  restApiId: string,
  method: string,
  path: string,
): Promise<{ resourceId: string; httpMethod: string } | undefined> {
  const resources = await allPages(async (position) => {
    const page = await aws.apigateway(
      new GetResourcesCommand({ restApiId, limit: 500, ...(position !== undefined && { position }) }),
    )
    return { rows: page.items, next: page.position }
  })
  const [plain = '/'] = path.split('?')
  const exact = resources.find((resource) => resource.path === plain)
  const greedy = resources
    .filter((resource) => plain.startsWith(greedyPrefix(resource.path) ?? '?'))
    .toSorted((a, b) => (b.path?.length ?? 0) - (a.path?.length ?? 0))
  const { id, resourceMethods = {} } = exact ?? greedy[0] ?? {}
  const isServed = method in resourceMethods || 'ANY' in resourceMethods
  return id === undefined || !isServed ? undefined : { resourceId: id, httpMethod: method }
}

/** The path before the greedy part of a resource's path, if all of it is literal: `/orders/` of `/orders/{proxy+}`. */
const greedyPrefix = (path = ''): string | undefined => /^([^{}]*\/)\{[^{}]+\+\}$/.exec(path)?.[1]

/** A link that is named by a stage variable is found only if the variable is given along. */
async function variablesOf({ aws, apiId, stage }: TestCall): Promise<Record<string, string>> {
  const found = await unlessMissing(aws.apigateway(new GetStageCommand({ restApiId: apiId, stageName: stage })))
  return found?.variables ?? {}
}
