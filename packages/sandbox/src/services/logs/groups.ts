import type {
  CreateLogGroupRequest,
  DeleteLogGroupRequest,
  DeleteRetentionPolicyRequest,
  DescribeLogGroupsRequest,
  DescribeLogGroupsResponse,
  LogGroup as ShownGroup,
  PutRetentionPolicyRequest,
} from '@aws-sdk/client-cloudwatch-logs'
import { operation, type Call } from '../operation.ts'
import { arnOf, groupsOf, invalid, getGroup, findGroup } from '../../reads/log-groups.ts'
import type { LogGroup } from '../../state/logs.ts'
import { AwsError } from '../../state/aws-error.ts'
import { page } from './pages.ts'
import { onGroup, createsGroup } from './required-permissions.ts'

/** Days (PutRetentionPolicy, API reference). */
const retentions = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
]

/** Stored bytes are counted with a delay of days on AWS; here there are none. */
const show = ({ name, arn, createdAt, retentionInDays }: LogGroup): ShownGroup => ({
  logGroupName: name,
  creationTime: createdAt,
  ...(retentionInDays !== undefined && { retentionInDays }),
  metricFilterCount: 0,
  arn: `${arn}:*`,
  logGroupArn: arn,
  storedBytes: 0,
  logGroupClass: 'STANDARD',
})

function create(call: Call, { logGroupName: name = '', tags = {} }: CreateLogGroupRequest): void {
  const { world, account, region, now } = call
  if (!/^[\w./#-]{1,512}$/.test(name) || name.startsWith('aws/')) {
    const message = `1 validation error detected: Value '${name}' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+`
    throw invalid(message)
  }
  if (findGroup(world, call, name) !== undefined) {
    throw new AwsError('ResourceAlreadyExistsException', 'The specified log group already exists')
  }
  const arn = arnOf(call, name)
  world.logs.groups[arn] = { arn, name, account, region, createdAt: now, streams: {}, tags: { ...tags } }
}

function select(call: Call, request: DescribeLogGroupsRequest): LogGroup[] {
  const { logGroupNamePrefix: prefix, logGroupNamePattern: pattern, logGroupIdentifiers: ids } = request
  if (prefix !== undefined && pattern !== undefined) {
    throw invalid('LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.')
  }
  return groupsOf(call.world, call)
    .filter(
      ({ name, arn }) =>
        name.startsWith(prefix ?? '') &&
        name.toLowerCase().includes((pattern ?? '').toLowerCase()) &&
        (ids?.length ? ids.some((id) => id === name || id === arn) : true),
    )
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

export const groupOperations = {
  CreateLogGroup: operation<CreateLogGroupRequest, object>()(
    ['logGroupName', 'tags', 'logGroupClass'],
    createsGroup,
    (request, call) => {
      if ((request.logGroupClass ?? 'STANDARD') !== 'STANDARD') {
        throw invalid('The sandbox models log groups of class STANDARD only')
      }
      create(call, request)
      return {}
    },
  ),

  DescribeLogGroups: operation<DescribeLogGroupsRequest, DescribeLogGroupsResponse>()(
    ['logGroupNamePrefix', 'logGroupNamePattern', 'logGroupIdentifiers', 'limit', 'nextToken'],
    (_, ...rest) => onGroup({}, ...rest),
    (request, call) => {
      const { shown, ...next } = page(select(call, request), request.nextToken, request.limit ?? 50)
      return { logGroups: shown.map(show), ...next }
    },
  ),

  PutRetentionPolicy: operation<PutRetentionPolicyRequest, object>()(
    ['logGroupName', 'retentionInDays'],
    onGroup,
    ({ logGroupName, retentionInDays = 0 }, call) => {
      if (!retentions.includes(retentionInDays)) {
        const message = `1 validation error detected: Value '${retentionInDays}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [${retentions.join(', ')}]`
        throw invalid(message)
      }
      getGroup(call, logGroupName).retentionInDays = retentionInDays
      return {}
    },
  ),

  DeleteRetentionPolicy: operation<DeleteRetentionPolicyRequest, object>()(
    ['logGroupName'],
    onGroup,
    ({ logGroupName }, call) => {
      delete getGroup(call, logGroupName).retentionInDays
      return {}
    },
  ),

  DeleteLogGroup: operation<DeleteLogGroupRequest, object>()(['logGroupName'], onGroup, ({ logGroupName }, call) => {
    delete call.world.logs.groups[getGroup(call, logGroupName).arn]
    return {}
  }),
}
