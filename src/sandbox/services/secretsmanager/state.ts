import type { Owned, Tags } from '../../owned.ts'

export interface Secret extends Owned {
  arn: string
  name: string
  value?: string
  tags: Tags
}

export interface SecretsManagerState {
  /** By ARN. */
  secrets: Record<string, Secret>
}
