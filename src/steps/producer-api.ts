import * as z from 'zod'
import { defineStep, textsIn } from '../aws/define-step.ts'
import { seconds } from '../engine/step.ts'
import type { ErrorCode } from '../error-codes.ts'
import { exits, PrivlinkError } from '../errors.ts'
import {
  currentDefinition,
  deployedDefinition,
  servedStage,
  undeployed,
  undeployedEdits,
} from './shared/deployed-definition.ts'
import { readEntry } from './shared/entry-deployment.ts'
import { checkPolicySize, extendPolicy, withoutEndpoints } from './shared/policy-extension.ts'
import { parsePolicy, samePolicy } from './shared/resource-policy.ts'
import { permission } from '../aws/permissions/permission.ts'
import { api } from '../aws/permissions/resources.ts'

interface Inputs {
  apiId: string
  stageName: string
  /** Whether edits that are not deployed yet may go live with ours. */
  redeploy: boolean
}

/** As long as any: ids of endpoints that are made today have 17 digits. Nobody's: these are none. */
const someEndpoint = 'vpce-xxxxxxxxxxxxxxxxx'

/**
 * A private API that privlink did not make: a gate that says whether one more endpoint can be let in and deployed,
 * before anything is made anywhere.
 */
export const producerApi = defineStep<Inputs>()({
  id: 'producer-api',
  title: "Producer's private API",
  names: ({ apiId }) => ({ producerApiIds: textsIn(apiId) }),
  facts: z.object({ apiId: z.string(), stageName: z.string() }),
  permissions: {
    read: [permission('LookAtApis', ['apigateway:GET'], api('/restapis', '/restapis/*'))],
  },
  patience: { upTo: seconds(30), every: seconds(5) },

  async read({ aws, inputs: { apiId, stageName, redeploy }, identity }) {
    if (apiId === undefined || stageName === undefined || redeploy === undefined) return { state: 'absent' }
    const [api] = await aws.reads.restApis({ id: apiId })
    const place = `account ${aws.name} (${aws.accountId}, ${aws.region})`
    if (api === undefined) throw wrong('ApiNotFound', `REST API ${apiId} does not exist in ${place}`)
    const types = api.endpointConfiguration?.types ?? []
    if (!types.includes('PRIVATE')) {
      throw wrong('ApiNotPrivate', `REST API ${apiId} in ${place} is ${types.join()}, not PRIVATE`)
    }
    if (api.disableExecuteApiEndpoint === true) {
      throw wrong('ApiNameDisabled', `REST API ${apiId} in ${place} has its execute-api name disabled`)
    }
    const stage = await servedStage(aws, apiId, stageName)
    const deployed = stage && (await deployedDefinition(aws, apiId, stageName))
    if (stage === undefined || deployed === undefined) {
      throw wrong('StageNotFound', `REST API ${apiId} in ${place} has no stage ${stageName}`)
    }
    const policy = parsePolicy(api.policy)
    if (policy === undefined) throw wrong('PolicyMissing', `REST API ${apiId} in ${place} has no resource policy`)
    const extended = extendPolicy(policy, someEndpoint)
    const home = { apiId, accountId: aws.accountId, region: aws.region }
    // A policy that has our entry already has room for it.
    const isNew =
      readEntry(stage.description, identity.deployment) === undefined && samePolicy(policy, deployed.policy, home)
    if (isNew && extended !== policy) checkPolicySize(extended, apiId)
    const edits = undeployed(await currentDefinition(aws, api), deployed, home, withoutEndpoints)
    if (edits.length > 0 && !redeploy) throw undeployedEdits(apiId, stageName, edits)
    return { state: 'ready', owner: 'other', facts: { apiId, stageName } }
  },
})

const wrong = (code: ErrorCode, message: string): PrivlinkError =>
  new PrivlinkError(code, message, {
    exit: exits.usage,
    hint: 'It takes a private API that is deployed: correct its account, id or stage in the config, or the API.',
  })
