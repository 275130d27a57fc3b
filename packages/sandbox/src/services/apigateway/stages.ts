import type {
  CreateStageRequest,
  DeleteStageRequest,
  GetStageRequest,
  GetStagesRequest,
  Stage as StageOutput,
  Stages,
  UpdateStageRequest,
} from '@aws-sdk/client-api-gateway'

import { durations } from '../../state/durations.ts'
import { type Call, operation } from '../operation.ts'
import { accountSettings } from './account.ts'
import { getApi, getDeployment, getStage } from './lookups.ts'
import { applyPatches, type PatchRules, readBoolean, readNumber, readWord } from './patch.ts'
import { badRequest, conflict, limitExceeded } from './refusals.ts'
import { servedDeployment } from '../../reads/deployments.ts'
import type { MethodSetting, RestApi, Stage } from '../../state/apigateway.ts'
import { checkTags } from './tags.ts'
import { own } from '../../state/own.ts'
import { onPath, createsTagged } from './required-permissions.ts'
import { describeStage } from './describe-stage.ts'

/** Stages per API, and variables per stage (API Gateway quotas). */
const mostStages = 10
const mostVariables = 100

export const stageOperations = {
  CreateStage: operation<CreateStageRequest, StageOutput>()(
    ['restApiId', 'stageName', 'deploymentId', 'description', 'variables', 'tracingEnabled', 'tags'],
    createsTagged,
    (input, call) => {
      const api = getApi(call, input.restApiId)
      const { deploymentId } = getDeployment(api, input.deploymentId)
      checkVariables(input.variables ?? {})
      const tags = checkTags({ ...input.tags })
      const stage = addStage(api, input.stageName ?? '', deploymentId, call.now)
      stage.description = input.description || undefined
      stage.variables = { ...input.variables }
      stage.tracingEnabled = input.tracingEnabled ?? false
      stage.tags = tags
      return describeStage(stage)
    },
  ),

  GetStage: operation<GetStageRequest, StageOutput>()(
    ['restApiId', 'stageName'],
    onPath,
    ({ restApiId, stageName }, call) => describeStage(getStage(getApi(call, restApiId), stageName)),
  ),

  GetStages: operation<GetStagesRequest, Stages>()(
    ['restApiId', 'deploymentId'],
    onPath,
    ({ restApiId, deploymentId }, call) => {
      const stages = Object.values(getApi(call, restApiId).stages)
      return {
        item: stages.filter((stage) => (deploymentId ?? stage.deploymentId) === stage.deploymentId).map(describeStage),
      }
    },
  ),

  UpdateStage: operation<UpdateStageRequest, StageOutput>()(
    ['restApiId', 'stageName', 'patchOperations'],
    onPath,
    ({ restApiId, stageName, patchOperations }, call) => {
      const api = getApi(call, restApiId)
      const stage = getStage(api, stageName)
      checkLogging(call, patchOperations)
      applyPatches(stage, patchOperations, {
        ...patchRules,
        'replace /deploymentId': (next, value) => repoint(api, next, getDeployment(api, value).deploymentId, call.now),
      })
      stage.updatedAt = call.now
      return describeStage(stage)
    },
  ),

  DeleteStage: operation<DeleteStageRequest, object>()(
    ['restApiId', 'stageName'],
    onPath,
    ({ restApiId, stageName }, call) => {
      const api = getApi(call, restApiId)
      delete api.stages[getStage(api, stageName).stageName]
      return {}
    },
  ),
}

/** Adds a stage without variables, which answers once its deployment is live. The second text is assumed. */
export function addStage(api: RestApi, stageName: string, deploymentId: string, now: number): Stage {
  if (!/^[\w-]{1,128}$/.test(stageName)) throw badRequest('Stage name only allows a-zA-Z0-9_-')
  if (own(api.stages, stageName)) throw conflict('Stage already exists')
  if (Object.keys(api.stages).length >= mostStages) {
    throw limitExceeded(`Maximum number of stages for this API has been reached: ${mostStages}`)
  }
  const stage: Stage = {
    stageName,
    deploymentId,
    liveAt: now + durations.deploymentLive,
    variables: {},
    methodSettings: {},
    tracingEnabled: false,
    createdAt: now,
    updatedAt: now,
    tags: {},
  }
  api.stages[stageName] = stage
  return stage
}

/** Lets a stage serve another deployment, after the time that a new one takes to get there. */
export function repoint(api: RestApi, stage: Stage, deploymentId: string, now: number): void {
  if (stage.deploymentId === deploymentId) return
  stage.previousDeploymentId = servedDeployment(api, stage, now)?.deploymentId
  stage.deploymentId = deploymentId
  stage.liveAt = now + durations.deploymentLive
  stage.updatedAt = now
}

/** Nothing is logged before the account has a role for it; the text is AWS's, as its users report it. */
function checkLogging(call: Call, operations: UpdateStageRequest['patchOperations']): void {
  const logs = operations?.some(
    ({ op, path, value }) =>
      op === 'replace' &&
      (path === '/accessLogSettings/destinationArn' || (path?.endsWith('/logging/loglevel') && value !== 'OFF')),
  )
  if (logs && accountSettings(call).cloudwatchRoleArn === undefined) {
    throw badRequest('CloudWatch Logs role ARN must be set in account settings to enable logging')
  }
}

/** Names and values that AWS takes (API Gateway quotas); the texts are assumed. */
export function checkVariables(variables: Record<string, string>): void {
  const entries = Object.entries(variables)
  if (entries.length > mostVariables) throw badRequest(`A stage can have at most ${mostVariables} variables`)
  for (const [name, value] of entries) {
    if (!/^\w{1,64}$/.test(name)) throw badRequest(`Invalid stage variable name: ${name}`)
    if (!/^[\w.~:/?#&=,-]{1,512}$/.test(value)) {
      throw badRequest(`Invalid stage variable value: ${value}. Allowed are letters, digits and -._~:/?#&=,`)
    }
  }
}

const setVariable = (stage: Stage, value: string, [name = '']: string[]): void => {
  stage.variables[name] = value
  checkVariables(stage.variables)
}

/** A path's first two segments name resource and method, `*` and `*` for all; no leading slash in the key. */
const setting =
  (change: (setting: MethodSetting, value: string) => void) =>
  (stage: Stage, value: string, [path = '', method = '']: string[]): void => {
    const key = `${path.replace(/^\//, '')}/${method}`
    const known = (stage.methodSettings[key] ??= {})
    change(known, value)
  }

const patchRules: PatchRules<Stage> = {
  'replace /description': (stage, value) => void (stage.description = value || undefined),
  'add /variables/{}': setVariable,
  'replace /variables/{}': setVariable,
  'remove /variables/{}': (stage, _, [name = '']) => void delete stage.variables[name],
  'replace /tracingEnabled': (stage, value) => void (stage.tracingEnabled = readBoolean(value)),
  'replace /accessLogSettings/destinationArn': (stage, value) =>
    void (stage.accessLogSettings = { ...stage.accessLogSettings, destinationArn: value }),
  'replace /accessLogSettings/format': (stage, value) =>
    void (stage.accessLogSettings = { ...stage.accessLogSettings, format: value }),
  'remove /accessLogSettings': (stage) => void (stage.accessLogSettings = undefined),
  'replace /{}/{}/logging/loglevel': setting((one, value) => {
    one.loggingLevel = readWord(value, ['OFF', 'ERROR', 'INFO'])
  }),
  'replace /{}/{}/logging/dataTrace': setting((one, value) => void (one.dataTraceEnabled = readBoolean(value))),
  'replace /{}/{}/metrics/enabled': setting((one, value) => void (one.metricsEnabled = readBoolean(value))),
  'replace /{}/{}/throttling/burstLimit': setting(
    (one, value) => void (one.throttlingBurstLimit = readNumber(value, -1, 1e9)),
  ),
  'replace /{}/{}/throttling/rateLimit': setting(
    (one, value) => void (one.throttlingRateLimit = readNumber(value, -1, 1e9)),
  ),
}
