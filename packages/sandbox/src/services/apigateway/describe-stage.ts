import type { Stage as StageOutput } from '@aws-sdk/client-api-gateway'
import { unlessEmpty } from './pages.ts'
import type { Stage } from '../../state/apigateway.ts'

/** AWS shows all of a method's settings as soon as one of them is set (AWS CLI reference, update-stage). */
const settingDefaults = {
  metricsEnabled: false,
  dataTraceEnabled: false,
  throttlingBurstLimit: 5000,
  throttlingRateLimit: 10_000,
  cachingEnabled: false,
  cacheTtlInSeconds: 300,
  cacheDataEncrypted: false,
  requireAuthorizationForCacheControl: true,
  unauthorizedCacheControlHeaderStrategy: 'SUCCEED_WITH_RESPONSE_HEADER',
} as const

const describeSettings = ({ methodSettings }: Stage): StageOutput['methodSettings'] =>
  Object.fromEntries(Object.entries(methodSettings).map(([key, one]) => [key, { ...settingDefaults, ...one }]))

export const describeStage = (stage: Stage): StageOutput => ({
  deploymentId: stage.deploymentId,
  stageName: stage.stageName,
  description: stage.description,
  cacheClusterEnabled: false,
  cacheClusterStatus: 'NOT_AVAILABLE',
  methodSettings: describeSettings(stage),
  variables: unlessEmpty(stage.variables),
  accessLogSettings: stage.accessLogSettings,
  tracingEnabled: stage.tracingEnabled,
  tags: unlessEmpty(stage.tags),
  createdDate: new Date(stage.createdAt),
  lastUpdatedDate: new Date(stage.updatedAt),
})
