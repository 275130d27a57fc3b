import { invalidParameter } from '../../reads/secrets.ts'
import type { Tags } from '../../state/resource.ts'
import { checkedTags } from '../tags.ts'

/** Throws InvalidParameterException: fifty tags, none of AWS's own ("TagResource", API reference). */
export const checkTags = (tags: Tags): Tags =>
  checkedTags(tags, {
    reserved: () => invalidParameter('Tag keys must not be empty or begin with aws:'),
    tooMany: () => invalidParameter('A secret can have 50 tags at most'),
  })
