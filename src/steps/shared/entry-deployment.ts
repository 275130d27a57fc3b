/** A deployment of ours by its description: the endpoints that it lets in beyond those that the stage served before. */
export interface EntryDeployment {
  endpointIds: readonly string[]
  /** Id of the deployment that the stage served before; `nothing` if there was none. */
  origin: string
}

/**
 * The description of a deployment that lets endpoints into an API. When the last of them is taken back, the deployment
 * that was served before can be put in its place again.
 */
export const entryDescription = ({ endpointIds, origin }: EntryDeployment, deployment: string): string =>
  `privlink:entry ${endpointIds.toSorted().join() || 'none'} after ${origin} (${deployment})`

/** Reads it; nothing if the deployment was not made for an entry by this deployment of ours. */
export function readEntry(description: string, deployment: string): EntryDeployment | undefined {
  const [, endpoints, origin, whose] = /^privlink:entry (\S+) after (\S+) \((.*)\)$/.exec(description) ?? []
  if (endpoints === undefined || origin === undefined || whose !== deployment) return undefined
  return { endpointIds: endpoints === 'none' ? [] : endpoints.split(','), origin }
}
