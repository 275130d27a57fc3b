import { CreateRestApiCommand, DeleteRestApiCommand } from '@aws-sdk/client-api-gateway'
import * as z from 'zod'
import { defineStep } from '../aws/define-step.ts'
import { differs, minutes, seconds } from '../engine/step.ts'
import { given, ownerOf, seek, stateOf } from './shared/ownership.ts'

const factsOf = (api: { id?: string | undefined; name?: string | undefined }) => ({
  apiId: given(api.id, 'the id of the REST API'),
  name: given(api.name, 'the name of the REST API'),
})

/**
 * A REST API, still empty: CreateRestApi is the only call that takes tags, so that a death right after it leaves
 * something that can be found again. Names are not unique. The definition is a step of its own.
 */
const restApiOf = (id: string, title: string, endpointType: 'PRIVATE' | 'REGIONAL') =>
  defineStep<{ description: string }>()({
    id,
    title,
    facts: z.object({ apiId: z.string(), name: z.string() }),
    actions: { look: ['apigateway:GET'], make: ['apigateway:POST', 'apigateway:PUT'], remove: ['apigateway:DELETE'] },
    patience: { upTo: minutes(10), every: seconds(5) },

    async read(sight) {
      const { aws, known, identity } = sight
      const api = await seek(sight, known?.apiId, {
        byId: (id) => aws.look.restApis({ id }),
        byMark: () => aws.look.restApis({ identity }),
      })
      if (api === undefined) return { state: 'absent' }
      const owner = ownerOf(identity, api.tags)
      const facts = factsOf(api)
      // Only newer API versions of the service tell a status.
      const status = stateOf(api.apiStatus ?? 'AVAILABLE')
      if (status === 'failed') {
        const why = `REST API ${facts.apiId} has failed: ${api.apiStatusMessage ?? 'AWS gives no reason'}`
        return { state: 'broken', owner, why, fix: 'ask', facts }
      }
      if (status !== 'available') return { state: 'pending', owner, why: `REST API ${facts.apiId} is ${status}`, facts }
      const drift = differs('endpointType', api.endpointConfiguration?.types ?? [], [endpointType], 'replace')
      return { state: 'ready', owner, facts, drift }
    },

    async create({ aws, inputs, identity }) {
      const api = await aws.apigateway(
        new CreateRestApiCommand({
          name: identity.name,
          description: inputs.description,
          endpointConfiguration: { types: [endpointType] },
          tags: { ...identity.tags },
        }),
      )
      return factsOf(api)
    },

    async delete({ aws, known }) {
      await aws.apigateway(new DeleteRestApiCommand({ restApiId: known.apiId }))
    },
  })

/** One that only interface endpoints lead to. */
export const restApi = restApiOf('rest-api', 'Private REST API', 'PRIVATE')

/** One that anybody on the internet can call. */
export const regionalApi = restApiOf('regional-api', 'Regional REST API', 'REGIONAL')
