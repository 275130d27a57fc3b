import type { Deployment, RestApi, Stage } from '../state/apigateway.ts'
import { own } from '../state/own.ts'

/** What a call to the stage gets now: the old deployment until the new one is live, nothing on a brand-new stage. */
export function servedDeployment(api: RestApi, stage: Stage, now: number): Deployment | undefined {
  return own(api.deployments, now < stage.liveAt ? stage.previousDeploymentId : stage.deploymentId)
}
