import type { ResourceBase, Tags } from './resource.ts'
import { resources } from './table.ts'

export interface SecretVersion {
  versionId: string
  /** `AWSCURRENT`, `AWSPREVIOUS` and any other staging label. */
  stages: string[]
  createdAt: number
  text?: string
  /** Base64. */
  binary?: string
}

export interface Secret extends ResourceBase {
  arn: string
  name: string
  description?: string
  changedAt: number
  /** By version id. */
  versions: Record<string, SecretVersion>
  /** When it was deleted; it can be restored until `goneAt`. */
  deletedAt?: number
  /** Deleted without a recovery window: no operation shows it, but its name stays taken until `goneAt`. */
  forced?: boolean
  goneAt?: number
  tags: Tags
}

export const secretsManagerTables = {
  /** By ARN. */
  secrets: resources<Secret>('secret', {
    parts: ({ deletedAt, versions }, arn) => [
      ...(deletedAt === undefined ? [] : [`scheduled for deletion ${arn}`]),
      ...Object.values(versions).map(({ versionId, stages }) => `version ${arn} ${versionId} ${stages.join(',')}`),
    ],
    hides: ({ forced }) => forced === true,
  }),
}
