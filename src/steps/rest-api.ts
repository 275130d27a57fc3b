import { CreateRestApiCommand, DeleteRestApiCommand } from '@aws-sdk/client-api-gateway'
import * as z from 'zod'
import { defineStep } from '../aws/define-step.ts'
import { owned, requested } from '../aws/permissions/conditions.ts'
import { permission } from '../aws/permissions/permission.ts'
import { api } from '../aws/permissions/resources.ts'
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
    permissions: {
      read: [permission('LookAtApis', ['apigateway:GET'], api('/restapis', '/restapis/*'))],
      create: [
        permission('MakeApis', ['apigateway:POST'], api('/restapis'), requested),
        // For tags given at creation (mattclay/aws-terminator#284); to tag an existing API takes PATCH on it
        // (iann0036/iam-dataset#39).
        permission('TagApisAndLinks', ['apigateway:PUT'], api('/tags/*'), requested),
      ],
      delete: [permission('OwnApis', ['apigateway:DELETE'], api('/restapis/*'), owned)],
    },
    patience: { upTo: minutes(10), every: seconds(5) },

    async read(sight) {
      const { aws, known, identity } = sight
      const found = await seek(sight, known?.apiId, {
        byId: (id) => aws.reads.restApis({ id }),
        byMark: () => aws.reads.restApis({ identity }),
      })
      if (found === undefined) return { state: 'absent' }
      const owner = ownerOf(identity, found.tags)
      const facts = factsOf(found)
      // Only newer API versions of the service tell a status.
      const status = stateOf(found.apiStatus ?? 'AVAILABLE')
      if (status === 'failed') {
        const why = `REST API ${facts.apiId} has failed: ${found.apiStatusMessage ?? 'AWS gives no reason'}`
        return { state: 'broken', owner, why, fix: 'ask', facts }
      }
      if (status !== 'available') return { state: 'pending', owner, why: `REST API ${facts.apiId} is ${status}`, facts }
      const drift = differs('endpointType', found.endpointConfiguration?.types ?? [], [endpointType], 'replace')
      return { state: 'ready', owner, facts, drift }
    },

    async create({ aws, inputs, identity }) {
      const made = await aws.apigateway(
        new CreateRestApiCommand({
          name: identity.name,
          description: inputs.description,
          endpointConfiguration: { types: [endpointType] },
          tags: { ...identity.tags },
        }),
      )
      return factsOf(made)
    },

    async delete({ aws, known }) {
      await aws.apigateway(new DeleteRestApiCommand({ restApiId: known.apiId }))
    },
  })

/** One that only interface endpoints lead to. */
export const restApi = restApiOf('rest-api', 'Private REST API', 'PRIVATE')

/** One that anybody on the internet can call. */
export const regionalApi = restApiOf('regional-api', 'Regional REST API', 'REGIONAL')
