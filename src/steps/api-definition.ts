import { differs } from '../engine/step.ts'
import { definitionStep } from './shared/definition.ts'
import { type ApiDefinition, type ApiOutline, defineApi } from './shared/openapi.ts'
import { parsePolicy, samePolicy } from './shared/resource-policy.ts'

type Inputs = ApiOutline & { apiId: string }

/** The content of a private API: resource policy, endpoints, methods and where they lead. */
export const apiDefinition = definitionStep<Inputs, ApiDefinition>({
  id: 'api-definition',
  title: 'Resource policy, methods and integrations of the API',
  isComplete: (inputs): inputs is Inputs =>
    (['apiId', 'name', 'description', 'endpointIds', 'backend', 'cors', 'binaryMediaTypes'] as const).every(
      (name) => inputs[name] !== undefined,
    ),
  define: (_aws, inputs) => defineApi(inputs),
  hasPolicy: true,

  async drift({ accountId, region }, { api }, { policy }, { apiId, endpointIds }) {
    const policyNow = parsePolicy(api.policy)
    const isSame = samePolicy(policyNow, policy, { apiId, accountId, region })
    return [
      ...(isSame ? [] : [{ field: 'policy', was: policyNow, want: policy, fix: 'update' as const }]),
      ...differs('vpcEndpointIds', api.endpointConfiguration?.vpcEndpointIds ?? [], [...new Set(endpointIds)]),
    ]
  },
})
