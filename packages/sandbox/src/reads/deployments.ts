import type { Deployment, RestApi, Stage } from '../state/apigateway.ts'
import { own } from '../state/own.ts'

/** The deployment that the stage serves now: the old one until the new one is live, nothing on a brand-new stage. */
export function servedDeployment(api: RestApi, stage: Stage, now: number): Deployment | undefined {
  return own(api.deployments, now < stage.liveAt ? stage.previousDeploymentId : stage.deploymentId)
}
