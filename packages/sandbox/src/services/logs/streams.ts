import type {
  CreateLogStreamRequest,
  DeleteLogStreamRequest,
  DescribeLogStreamsRequest,
  DescribeLogStreamsResponse,
  LogStream as ShownStream,
  PutLogEventsRequest,
  PutLogEventsResponse,
} from '@aws-sdk/client-cloudwatch-logs'
import { operation } from '../operation.ts'
import { invalid, getGroup, streamIn } from '../../reads/log-groups.ts'
import type { LogGroup, LogStream } from '../../state/logs.ts'
import { addEvent, openStream } from '../../writes/log-events.ts'
import { AwsError } from '../../state/aws-error.ts'
import { page } from './pages.ts'
import { onStream, onGroup } from './required-permissions.ts'

const show = (group: LogGroup, { name, createdAt, events }: LogStream): ShownStream => {
  const [first, last] = [events[0], events.at(-1)]
  return {
    logStreamName: name,
    creationTime: createdAt,
    ...(first !== undefined && { firstEventTimestamp: first.at }),
    ...(last !== undefined && { lastEventTimestamp: last.at, lastIngestionTime: last.ingestedAt }),
    arn: `${group.arn}:log-stream:${name}`,
    storedBytes: 0,
  }
}

const day = 86_400_000
const hour = 3_600_000

/** From 14 days ago to two hours ahead; in the order of their times (PutLogEvents, API reference). */
function checkTimes({ logEvents = [] }: Pick<PutLogEventsRequest, 'logEvents'>): void {
  const times = logEvents.map(({ timestamp = 0 }) => timestamp)
  if (times.some((time, index) => time < (times[index - 1] ?? time))) {
    throw invalid('Log events in a single PutLogEvents request must be in chronological order.')
  }
}

export const streamOperations = {
  CreateLogStream: operation<CreateLogStreamRequest, object>()(
    ['logGroupName', 'logStreamName'],
    onGroup,
    ({ logGroupName, logStreamName = '' }, call) => {
      const group = getGroup(call, logGroupName)
      if (!/^[^:*]{1,512}$/.test(logStreamName)) throw invalid(`${logStreamName} is no name for a log stream`)
      if (Object.hasOwn(group.streams, logStreamName)) {
        throw new AwsError('ResourceAlreadyExistsException', 'The specified log stream already exists')
      }
      openStream(group, logStreamName, call.now)
      return {}
    },
  ),

  DeleteLogStream: operation<DeleteLogStreamRequest, object>()(
    ['logGroupName', 'logStreamName'],
    onStream,
    ({ logGroupName, logStreamName }, call) => {
      const group = getGroup(call, logGroupName)
      delete group.streams[streamIn(group, logStreamName).name]
      return {}
    },
  ),

  DescribeLogStreams: operation<DescribeLogStreamsRequest, DescribeLogStreamsResponse>()(
    ['logGroupName', 'logGroupIdentifier', 'logStreamNamePrefix', 'orderBy', 'descending', 'limit', 'nextToken'],
    onGroup,
    ({ logStreamNamePrefix: prefix = '', orderBy, descending, limit, nextToken, ...request }, call) => {
      const group = getGroup(call, request.logGroupName ?? request.logGroupIdentifier)
      const found = Object.values(group.streams).filter(({ name }) => name.startsWith(prefix))
      const isByTime = orderBy === 'LastEventTime'
      const ordered = found.toSorted((a, b) => {
        if (isByTime) return (a.events.at(-1)?.at ?? a.createdAt) - (b.events.at(-1)?.at ?? b.createdAt)
        return a.name < b.name ? -1 : 1
      })
      const { shown, ...next } = page(descending === true ? ordered.toReversed() : ordered, nextToken, limit ?? 50)
      return { logStreams: shown.map((stream) => show(group, stream)), ...next }
    },
  ),

  /** Sequence tokens are taken and ignored, as AWS does by now. */
  PutLogEvents: operation<PutLogEventsRequest, PutLogEventsResponse>()(
    ['logGroupName', 'logStreamName', 'logEvents', 'sequenceToken'],
    onStream,
    ({ logGroupName, logStreamName, logEvents = [] }, call) => {
      const { world, now } = call
      const stream = streamIn(getGroup(call, logGroupName), logStreamName)
      checkTimes({ logEvents })
      const tooOld = logEvents.filter(({ timestamp = 0 }) => timestamp < now - 14 * day).length
      const tooNew = logEvents.findIndex(({ timestamp = 0 }) => timestamp > now + 2 * hour)
      const accepted = logEvents.slice(tooOld, tooNew === -1 ? undefined : tooNew)
      for (const { timestamp: at = now, message = '' } of accepted) addEvent(world, stream, { at, now, message })
      return {
        nextSequenceToken: String(world.serial),
        ...((tooOld > 0 || tooNew !== -1) && {
          rejectedLogEventsInfo: {
            ...(tooOld > 0 && { tooOldLogEventEndIndex: tooOld }),
            ...(tooNew !== -1 && { tooNewLogEventStartIndex: tooNew }),
          },
        }),
      }
    },
  ),
}
