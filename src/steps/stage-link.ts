import { GetStageCommand, UpdateStageCommand } from '@aws-sdk/client-api-gateway'
import * as z from 'zod'
import type { Aws } from '../aws/aws.ts'
import { defineStep } from '../aws/define-step.ts'
import { unlessMissing } from '../aws/failures.ts'
import { differs, minutes, seconds } from '../engine/step.ts'
import { linkVariable } from './shared/openapi.ts'
import { ownerWithin, stateOf } from './shared/ownership.ts'
import { owned } from '../aws/permissions/conditions.ts'
import { permission } from '../aws/permissions/permission.ts'
import { api } from '../aws/permissions/resources.ts'
import { restApi, regionalApi } from './rest-api.ts'

interface Inputs {
  apiId: string
  stageName: string
  vpcLinkId: string
}

/**
 * Which VPC link the stage's integrations go through: a stage variable, which takes effect without a deployment, so
 * that deployments need not wait for the link. On a new stage it may name a link that is still coming up, since no call
 * gets through before anyway; a stage that works goes on with its old link until the new one is available. It goes with
 * the stage.
 */
export const stageLink = defineStep<Inputs>()({
  id: 'stage-link',
  title: 'VPC link of the stage',
  facts: z.object({ apiId: z.string(), stageName: z.string(), vpcLinkId: z.string() }),
  permissions: {
    read: [
      permission('LookAtApis', ['apigateway:GET'], api('/restapis', '/restapis/*')),
      permission('LookAtLinks', ['apigateway:GET'], api('/vpclinks')),
    ],
    create: [
      permission('OwnStages', ['apigateway:PATCH'], api('/restapis/*/stages/*'), owned, () => [restApi, regionalApi]),
    ],
    update: [
      permission('OwnStages', ['apigateway:PATCH'], api('/restapis/*/stages/*'), owned, () => [restApi, regionalApi]),
    ],
  },
  // As long as a link may take to come up.
  patience: { upTo: minutes(20), every: seconds(5) },
  relation: true,

  async read({ aws, inputs, known, identity }) {
    const apiId = inputs.apiId ?? known?.apiId
    const stageName = inputs.stageName ?? known?.stageName
    if (apiId === undefined || stageName === undefined) return { state: 'absent' }
    const vpcLinkId = await linkOn(aws, apiId, stageName)
    if (vpcLinkId === undefined) return { state: 'absent' }
    // Where the ledger knows the membership, it also knows whose it is.
    const [api] = known === undefined ? await aws.reads.restApis({ id: apiId }) : []
    const owner = known === undefined ? ownerWithin(identity, api?.tags) : 'ours'
    const drift = differs('vpcLinkId', vpcLinkId, inputs.vpcLinkId)
    if (drift.length > 0 && inputs.vpcLinkId !== undefined) {
      const [next] = await aws.reads.vpcLinks({ id: inputs.vpcLinkId })
      const state = stateOf(next?.status)
      if (state !== 'available') {
        return { state: 'pending', owner, why: `the new VPC link ${inputs.vpcLinkId} is ${state}` }
      }
    }
    return { state: 'ready', owner, facts: { apiId, stageName, vpcLinkId }, drift }
  },

  async create({ aws, inputs }) {
    await lead(aws, inputs)
    return inputs
  },

  async update({ aws, inputs }) {
    await lead(aws, inputs)
  },
})

/** `replace` also sets a variable that is not there ("UpdateStage", API Gateway's patch operations). */
async function lead(aws: Aws, { apiId: restApiId, stageName, vpcLinkId: value }: Inputs): Promise<void> {
  const patchOperations = [{ op: 'replace' as const, path: `/variables/${linkVariable}`, value }]
  await aws.apigateway(new UpdateStageCommand({ restApiId, stageName, patchOperations }))
}

async function linkOn(aws: Aws, restApiId: string, stageName: string): Promise<string | undefined> {
  const stage = await unlessMissing(aws.apigateway(new GetStageCommand({ restApiId, stageName })))
  return stage?.variables?.[linkVariable]
}
