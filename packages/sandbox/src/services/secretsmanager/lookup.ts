import type { Tag } from '@aws-sdk/client-secrets-manager'
import type { Tags } from '../../state/resource.ts'
import { invalidParameter } from '../../reads/secrets.ts'

/** Throws InvalidParameterException: fifty tags, none of AWS's own ("TagResource", API reference). */
export function readTags(tags: readonly Tag[] | undefined): Tags {
  const read = Object.fromEntries((tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]))
  if (Object.keys(read).some((key) => key === '' || key.toLowerCase().startsWith('aws:'))) {
    throw invalidParameter('Tag keys must not be empty or begin with aws:')
  }
  if (Object.keys(read).length > 50) throw invalidParameter('A secret can have 50 tags at most')
  return read
}

export const showTags = (tags: Tags): Tag[] => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
