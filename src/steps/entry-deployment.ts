/**
 * Descriptions of the deployments that let an endpoint into somebody's API. Each says which endpoint, whose it is and what
 * the stage served before, so that taking it back can put exactly that in its place again.
 */
export const entryDescription = (endpointId: string, deployment: string, before: string): string =>
  `privlink:entry ${endpointId} after ${before} (${deployment})`

/** Of a deployment that serves the policy without the endpoint again, where what was served before cannot come back. */
export const takenBackDescription = (endpointId: string, deployment: string): string =>
  `privlink:without ${endpointId} (${deployment})`

/** Whether a deployment was made for an entry, by this deployment of ours. */
export const isEntryDeployment = (description: string, deployment: string): boolean =>
  description.startsWith('privlink:entry ') && description.endsWith(` (${deployment})`)

/** What the stage served before this endpoint was let in; nothing if the deployment is not of that. */
export function servedBefore(description: string, endpointId: string, deployment: string): string | undefined {
  const [, endpoint, before] = /^privlink:entry (\S+) after (\S+) \(/.exec(description) ?? []
  return isEntryDeployment(description, deployment) && endpoint === endpointId ? before : undefined
}
