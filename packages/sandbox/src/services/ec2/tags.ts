import { invalidValue } from './refusals.ts'
import { byKey, checkedTags } from '../tags.ts'
import { existing } from './required-permissions.ts'
import type {
  CreateTagsRequest,
  DeleteTagsRequest,
  DescribeTagsRequest,
  DescribeTagsResult,
  ResourceType,
  Tag,
  TagSpecification,
} from '@aws-sdk/client-ec2'
import type { Tags } from '../../state/resource.ts'
import type { World } from '../../state/world.ts'
import { operation, type Call, type PermissionsOf } from '../operation.ts'
import { page, select, type Facets } from './filters.ts'
import { kinds, getRow, rowsOf, type Kind, type Row } from '../../reads/ec2-rows.ts'
import { AwsError } from '../../state/aws-error.ts'
import type { CallContext } from '../../state/call-context.ts'

/** Throws InvalidParameterValue for keys that AWS keeps to itself, TagLimitExceeded over 50. */
const withTags = (tags: Tags, added: readonly Tag[] | undefined): Tags =>
  checkedTags(
    { ...tags, ...byKey(added) },
    {
      reserved: (key) =>
        invalidValue(
          key === '' ? 'Tag keys cannot be empty' : "Tag keys starting with 'aws:' are reserved for internal use",
        ),
      tooMany: () => new AwsError('TagLimitExceeded', 'The maximum number of Tags for a resource has been reached.'),
    },
  )

/** The tags that a create call gives its resource. Throws InvalidParameterValue if they are meant for another type. */
export function takeTags(specifications: readonly TagSpecification[] | undefined, type: string): Tags {
  let tags: Tags = {}
  for (const { ResourceType, Tags } of specifications ?? []) {
    if (ResourceType !== type) {
      const message = `'${ResourceType ?? ''}' is not a valid taggable resource type for this operation.`
      throw invalidValue(message)
    }
    tags = withTags(tags, Tags)
  }
  return tags
}

/** Longest prefix first, since an endpoint service's id also starts like an endpoint's. */
const byPrefix: Kind<Row>[] = Object.values(kinds).toSorted((a, b) => b.prefix.length - a.prefix.length)

/** The tags of the caller's resource, or rule of a group, with that id. */
function tagsOf({ world, ...call }: Call, id: string): Tags {
  for (const kind of byPrefix) {
    if (id.startsWith(kind.prefix)) return getRow(world, call, kind, id).tags
  }
  for (const group of rowsOf(world, call, kinds.securityGroup)) {
    for (const rule of group.rules) if (rule.ruleId === id) return rule.tags
  }
  if (id.startsWith('sgr-')) {
    throw new AwsError('InvalidSecurityGroupRuleId.NotFound', `The security group rule ID '${id}' does not exist`)
  }
  throw new AwsError('InvalidID', `The ID '${id}' is not valid`)
}

interface Tagging {
  id: string
  type: string
  key: string
  value: string
  tags?: never
}

function* allTaggings(world: World, context: CallContext): Generator<Tagging> {
  const spread = function* (id: string, type: string, tags: Tags): Generator<Tagging> {
    for (const [key, value] of Object.entries(tags)) yield { id, type, key, value }
  }
  for (const kind of byPrefix) {
    for (const row of rowsOf(world, context, kind)) yield* spread(kind.id(row), kind.type, row.tags)
  }
  for (const group of rowsOf(world, context, kinds.securityGroup)) {
    for (const rule of group.rules) yield* spread(rule.ruleId, 'security-group-rule', rule.tags)
  }
}

const facets: Facets<Tagging> = {
  key: (tagging) => [tagging.key],
  value: (tagging) => [tagging.value],
  'resource-id': (tagging) => [tagging.id],
  'resource-type': (tagging) => [tagging.type],
}

const onTagged: PermissionsOf<DeleteTagsRequest> = ({ Resources = [], Tags }, call) =>
  Resources.map((id) => {
    const kind = byPrefix.find(({ prefix }) => id.startsWith(prefix))
    return { ...(kind === undefined ? { resource: '*' } : existing(call, kind, id)), requestTags: byKey(Tags) }
  })

export const tagOperations = {
  CreateTags: operation<CreateTagsRequest, object>()(
    ['Resources', 'Tags'],
    onTagged,
    ({ Resources = [], Tags = [] }, call) => {
      const holders = Resources.map((id) => tagsOf(call, id))
      for (const tags of holders) Object.assign(tags, withTags(tags, Tags))
      return {}
    },
  ),

  /** A tag without a value goes whatever its value; no tags at all means every tag. */
  DeleteTags: operation<DeleteTagsRequest, object>()(
    ['Resources', 'Tags'],
    onTagged,
    ({ Resources = [], Tags }, call) => {
      for (const tags of Resources.map((id) => tagsOf(call, id))) {
        const wanted: Tag[] = Tags === undefined || Tags.length === 0 ? Object.keys(tags).map((Key) => ({ Key })) : Tags
        for (const { Key = '', Value } of wanted) if (Value === undefined || tags[Key] === Value) delete tags[Key]
      }
      return {}
    },
  ),

  DescribeTags: operation<DescribeTagsRequest, DescribeTagsResult>()(
    ['Filters', 'MaxResults', 'NextToken'],
    '*',
    (request, { world, ...call }) => {
      const { Filters = [] } = request
      // `tag:<key>` is the one filter of other Describes that DescribeTags shares; it compares the value of that key.
      const named: Facets<Tagging> = { ...facets }
      for (const { Name = '' } of Filters) {
        if (Name.startsWith('tag:')) named[`=${Name}`] = (tag) => [tag.key === Name.slice(4) ? tag.value : undefined]
      }
      const renamed = Filters.map((filter) =>
        filter.Name?.startsWith('tag:') ? { ...filter, Name: `=${filter.Name}` } : filter,
      )
      const { items, NextToken } = page(select([...allTaggings(world, call)], renamed, named), request)
      return {
        Tags: items.map((tag) => ({
          Key: tag.key,
          Value: tag.value,
          ResourceId: tag.id,
          // The kinds' types are all members of the SDK's list, which TypeScript cannot see in a string.
          ResourceType: tag.type as ResourceType,
        })),
        NextToken,
      }
    },
  ),
}
