import type { Owned, Tags } from '../../owned.ts'

export interface Cluster extends Owned {
  arn: string
  name: string
  tags: Tags
}

export interface EcsState {
  /** By ARN. */
  clusters: Record<string, Cluster>
}
