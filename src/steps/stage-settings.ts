import { GetStageCommand, type Stage, UpdateStageCommand } from '@aws-sdk/client-api-gateway'
import * as z from 'zod'
import type { Aws } from '../aws/aws.ts'
import { defineStep } from '../aws/define-step.ts'
import { unlessMissing } from '../aws/failures.ts'
import { differs, minutes, seconds } from '../engine/step.ts'
import { ownerWithin } from './shared/ownership.ts'
import { owned } from '../aws/permissions/conditions.ts'
import { permission } from '../aws/permissions/permission.ts'
import { api } from '../aws/permissions/resources.ts'
import { restApi, regionalApi } from './rest-api.ts'

interface Inputs {
  apiId: string
  stageName: string
  settings: Settings
}

/** Settings that are left out stay as they are. */
interface Settings {
  /** ARN of a CloudWatch log group. */
  logGroupArn?: string
  /** Requests per second, and how many at once. */
  rate?: number
  burst?: number
}

/** One JSON object per request ("$context variables", API Gateway guide); the request's id has to be in it. */
const format = JSON.stringify({
  requestId: '$context.requestId',
  time: '$context.requestTime',
  ip: '$context.identity.sourceIp',
  caller: '$context.identity.caller',
  method: '$context.httpMethod',
  path: '$context.path',
  status: '$context.status',
  length: '$context.responseLength',
  latency: '$context.responseLatency',
  integrationStatus: '$context.integration.status',
  integrationLatency: '$context.integration.latency',
  error: '$context.error.responseType',
})

/**
 * Access logs and throttling of a stage, for all its methods. They take effect without a deployment ("Stage settings",
 * API Gateway guide) and go with the stage.
 */
export const stageSettings = defineStep<Inputs>()({
  id: 'stage-settings',
  title: 'Access logs and throttling of the stage',
  facts: z.object({ apiId: z.string(), stageName: z.string() }),
  permissions: {
    read: [permission('LookAtApis', ['apigateway:GET'], api('/restapis', '/restapis/*'))],
    create: [
      permission('OwnStages', ['apigateway:PATCH'], api('/restapis/*/stages/*'), owned, () => [restApi, regionalApi]),
    ],
    update: [
      permission('OwnStages', ['apigateway:PATCH'], api('/restapis/*/stages/*'), owned, () => [restApi, regionalApi]),
    ],
  },
  patience: { upTo: minutes(2), every: seconds(5) },
  relation: true,

  async read({ aws, inputs, known, identity }) {
    const apiId = inputs.apiId ?? known?.apiId
    const stageName = inputs.stageName ?? known?.stageName
    const stage = apiId && stageName ? await stageOf(aws, apiId, stageName) : undefined
    if (apiId === undefined || stageName === undefined || stage === undefined) return { state: 'absent' }
    const wanted = wantedOf(inputs.settings ?? {})
    const was = presentIn(stage)
    const isUnset = Object.keys(wanted).every((path) => was[path] === undefined)
    if (known === undefined && isUnset) return { state: 'absent' }
    const [api] = known === undefined ? await aws.reads.restApis({ id: apiId }) : []
    const owner = known === undefined ? ownerWithin(identity, api?.tags) : 'ours'
    const drift = Object.entries(wanted).flatMap(([path, want]) => differs(path, was[path], want))
    return { state: 'ready', owner, facts: { apiId, stageName }, drift }
  },

  async create({ aws, inputs }) {
    await set(aws, inputs)
    return { apiId: inputs.apiId, stageName: inputs.stageName }
  },

  async update({ aws, inputs }) {
    await set(aws, inputs)
  },
})

const logs = '/accessLogSettings'
const throttling = '/*/*/throttling'

/** By the paths of UpdateStage's patch operations. */
const wantedOf = ({ logGroupArn, rate, burst }: Settings): Record<string, string> => ({
  ...(logGroupArn !== undefined && { [`${logs}/destinationArn`]: logGroupArn, [`${logs}/format`]: format }),
  ...(rate !== undefined && { [`${throttling}/rateLimit`]: String(rate) }),
  ...(burst !== undefined && { [`${throttling}/burstLimit`]: String(burst) }),
})

function presentIn({ accessLogSettings, methodSettings }: Stage): Record<string, string | undefined> {
  const { throttlingRateLimit: rate, throttlingBurstLimit: burst } = methodSettings?.['*/*'] ?? {}
  return {
    [`${logs}/destinationArn`]: accessLogSettings?.destinationArn,
    [`${logs}/format`]: accessLogSettings?.format,
    [`${throttling}/rateLimit`]: rate?.toString(),
    [`${throttling}/burstLimit`]: burst?.toString(),
  }
}

async function set(aws: Aws, { apiId: restApiId, stageName, settings }: Inputs): Promise<void> {
  const patchOperations = Object.entries(wantedOf(settings)).map(([path, value]) => ({
    op: 'replace' as const,
    path,
    value,
  }))
  await aws.apigateway(new UpdateStageCommand({ restApiId, stageName, patchOperations }))
}

const stageOf = (aws: Aws, restApiId: string, stageName: string): Promise<Stage | undefined> =>
  unlessMissing(aws.apigateway(new GetStageCommand({ restApiId, stageName })))
