import type { Owned, Tags } from '../../owned.ts'

export interface LogGroup extends Owned {
  arn: string
  name: string
  tags: Tags
}

export interface LogsState {
  /** By ARN, without `:*` at its end. */
  groups: Record<string, LogGroup>
}
