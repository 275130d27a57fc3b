import { executeApiName } from '../aws/partition.ts'
import { GetAuthorizersCommand } from '@aws-sdk/client-api-gateway'
import { differs } from '../engine/step.ts'
import { definitionStep } from './shared/definition.ts'
import { type Authorization, defineFront, type FrontDefinition, guard } from './shared/front-openapi.ts'

interface Inputs {
  apiId: string
  name: string
  description: string
  /** Which private API a prefix leads to. */
  routes: { prefix: string; apiId: string; stage: string }[]
  authorization: Authorization
  binaryMediaTypes: string[]
}

/** The content of a front door: where each prefix leads and who may call. */
export const frontDefinition = definitionStep<Inputs, FrontDefinition>({
  id: 'front-definition',
  title: 'Routes of the front door, and who may call it',
  isComplete: (inputs): inputs is Inputs =>
    (['apiId', 'name', 'description', 'routes', 'authorization', 'binaryMediaTypes'] as const).every(
      (name) => inputs[name] !== undefined,
    ),
  define: (aws, { routes, ...outline }) => {
    const withHosts = routes.map(({ prefix, apiId, stage }) => ({ prefix, stage, host: executeApiName(aws, apiId) }))
    return defineFront({ ...outline, routes: withHosts }, aws)
  },
  hasPolicy: false,

  async drift(aws, { methods }, wanted, { apiId: restApiId }) {
    const { items = [] } =
      wanted.authorizer === undefined ? {} : await aws.apigateway(new GetAuthorizersCommand({ restApiId }))
    const authorizer = items.find(({ name }) => name === guard)
    return [
      ...Object.entries(wanted.methods).flatMap(([name, want]) => {
        const was = methods[name]
        if (was === undefined) return []
        return differs(
          `${name} authorization`,
          [was['authorizationType'], was['authorizerId']],
          [want['authorizationType'], wanted.authorizer && authorizer?.id],
        )
      }),
      ...Object.entries(wanted.authorizer ?? {}).flatMap(([name, want]) =>
        differs(`authorizer ${name}`, { ...authorizer }[name], want),
      ),
    ]
  },
})
