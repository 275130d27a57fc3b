import type { ResourceBase, Tags } from './resource.ts'
import { resources } from './table.ts'

export interface LogEvent {
  id: string
  /** ms since the epoch, as its writer says. */
  at: number
  ingestedAt: number
  message: string
}

export interface LogStream {
  name: string
  createdAt: number
  /** In the order of their times; the oldest go when there are too many. */
  events: LogEvent[]
}

export interface LogGroup extends ResourceBase {
  arn: string
  name: string
  retentionInDays?: number
  /** By name. */
  streams: Record<string, LogStream>
  tags: Tags
}

export const logsTables = {
  /** By ARN, without `:*` at its end. */
  groups: resources<LogGroup>('log-group', {
    parts: ({ retentionInDays = 'forever' }, arn) => [`retention ${arn} ${retentionInDays}`],
  }),
}
