import { GetAuthorizersCommand, type RestApi } from '@aws-sdk/client-api-gateway'
import { z } from 'zod'
import type { Aws } from '../aws/aws.ts'
import { defineStep } from '../aws/define-step.ts'
import { executeApiName } from '../aws/vantage.ts'
import { type Drift, differs, minutes, seconds } from '../engine/step.ts'
import { integrationDrift, methodsOf, write } from './api-definition.ts'
import { type Authorization, defineFront, guard } from './shared/front-openapi.ts'
import { ownerWithin, unlessLagging } from './shared/ownership.ts'

interface Inputs {
  apiId: string
  name: string
  description: string
  /** Which private API a prefix leads to. */
  routes: { prefix: string; apiId: string; stage: string }[]
  authorization: Authorization
  binaryMediaTypes: string[]
}

/**
 * What the front door says: where each prefix leads and who may call, in one PutRestApi. Overwriting drops what the
 * document omits, so the document holds everything ("PutRestApi", API Gateway reference). It goes with the API.
 */
export const frontDefinition = defineStep<Inputs>()({
  id: 'front-definition',
  title: 'Routes of the front door, and who may call it',
  facts: z.object({ apiId: z.string(), hash: z.string() }),
  actions: {
    look: ['apigateway:GET'],
    make: ['apigateway:PUT', 'apigateway:UpdateRestApiPolicy'],
    mend: ['apigateway:PUT', 'apigateway:UpdateRestApiPolicy'],
  },
  patience: { upTo: minutes(5), every: seconds(5) },
  relation: true,

  async read({ aws, inputs, known, identity }) {
    const apiId = inputs.apiId ?? known?.apiId
    const [api] = apiId === undefined ? [] : await aws.look.restApis({ id: apiId })
    if (apiId === undefined || api === undefined) return { state: 'absent' }
    const owner = ownerWithin(identity, api.tags)
    if (!isComplete(inputs)) {
      return known === undefined ? { state: 'absent' } : { state: 'ready', owner, facts: known }
    }
    const methods = await unlessLagging(methodsOf(aws, apiId), 'REST API')
    if (Object.keys(methods).length === 0) return { state: 'absent' }
    const drift = await driftOf(aws, api, methods, inputs)
    return { state: 'ready', owner, facts: { apiId, hash: define(aws, inputs).hash }, drift }
  },

  create: ({ aws, inputs }) => write(aws, inputs.apiId, define(aws, inputs)),

  async update({ aws, inputs }) {
    await write(aws, inputs.apiId, define(aws, inputs))
  },
})

const define = (aws: Aws, { routes, ...outline }: Inputs) =>
  defineFront(
    {
      ...outline,
      routes: routes.map(({ prefix, apiId, stage }) => ({ prefix, stage, host: executeApiName(aws, apiId) })),
    },
    aws,
  )

/** In a plan, the private APIs may not exist yet. */
const isComplete = (inputs: Partial<Inputs>): inputs is Inputs =>
  (['apiId', 'name', 'description', 'routes', 'authorization', 'binaryMediaTypes'] as const).every(
    (name) => inputs[name] !== undefined,
  )

async function driftOf(
  aws: Aws,
  api: RestApi,
  methods: Awaited<ReturnType<typeof methodsOf>>,
  inputs: Inputs,
): Promise<Drift[]> {
  const wanted = define(aws, inputs)
  const { items = [] } =
    wanted.authorizer === undefined ? {} : await aws.apigateway(new GetAuthorizersCommand({ restApiId: inputs.apiId }))
  const authorizer = items.find(({ name }) => name === guard)
  return [
    ...differs('binaryMediaTypes', api.binaryMediaTypes ?? [], inputs.binaryMediaTypes),
    ...differs('methods', Object.keys(methods), Object.keys(wanted.methods)),
    ...Object.entries(wanted.methods).flatMap(([name, want]) => {
      const was = methods[name]
      if (was === undefined) return []
      return [
        ...integrationDrift(name, was, want),
        ...differs(
          `${name} authorization`,
          [was['authorizationType'], was['authorizerId']],
          [want['authorizationType'], wanted.authorizer && authorizer?.id],
        ),
      ]
    }),
    ...Object.entries(wanted.authorizer ?? {}).flatMap(([name, want]) =>
      differs(`authorizer ${name}`, { ...authorizer }[name], want),
    ),
  ]
}
