import type {
  FilterLogEventsRequest,
  FilterLogEventsResponse,
  GetLogEventsRequest,
  GetLogEventsResponse,
} from '@aws-sdk/client-cloudwatch-logs'
import { operation } from '../operation.ts'
import { invalid, getGroup, streamIn } from '../../reads/log-groups.ts'
import type { LogEvent, LogStream } from '../../state/logs.ts'
import { page } from './pages.ts'
import { onGroup, onStream } from './required-permissions.ts'

interface Span {
  startTime?: number | undefined
  endTime?: number | undefined
}

/** The beginning is included, the end is not (GetLogEvents, API reference). */
const within = ({ events }: LogStream, { startTime = -Infinity, endTime = Infinity }: Span): LogEvent[] =>
  events.filter(({ at }) => at >= startTime && at < endTime)

/** Words that all must occur, `"with spaces"`; `?` and `-` and patterns in brackets or braces are not modelled. */
function matcher(pattern: string): (event: LogEvent) => boolean {
  if (/^\s*[{[%]|(^|\s)[?-]/.test(pattern)) {
    throw invalid('The sandbox models filter patterns of words and quoted texts only')
  }
  const words = [...pattern.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
  return ({ message }) => words.every((word) => message.includes(word))
}

/** The beginning of a page and its direction: `f/3` forwards from the fourth event, `b/3` backwards before it. */
function placeOf(token: string | undefined, fromHead: boolean, all: number, limit: number): [number, number] {
  if (token === undefined) return fromHead ? [0, limit] : [Math.max(0, all - limit), all]
  const [, direction, text = ''] = /^([fb])\/(\d+)$/.exec(token) ?? []
  if (direction === undefined) throw invalid('The specified nextToken is invalid.')
  const at = Number(text)
  return direction === 'f' ? [at, at + limit] : [Math.max(0, at - limit), at]
}

export const eventOperations = {
  GetLogEvents: operation<GetLogEventsRequest, GetLogEventsResponse>()(
    [
      'logGroupName',
      'logGroupIdentifier',
      'logStreamName',
      'startTime',
      'endTime',
      'nextToken',
      'limit',
      'startFromHead',
    ],
    onStream,
    (request, call) => {
      const stream = streamIn(getGroup(call, request.logGroupName ?? request.logGroupIdentifier), request.logStreamName)
      const all = within(stream, request)
      const { nextToken, startFromHead = false, limit = 10_000 } = request
      const [start, end] = placeOf(nextToken, startFromHead, all.length, limit)
      return {
        events: all
          .slice(start, end)
          .map(({ at, message, ingestedAt }) => ({ timestamp: at, message, ingestionTime: ingestedAt })),
        // An unchanged token says that there are no more events ("nextForwardToken", API reference).
        nextForwardToken: `f/${Math.min(end, Math.max(start, all.length))}`,
        nextBackwardToken: `b/${start}`,
      }
    },
  ),

  FilterLogEvents: operation<FilterLogEventsRequest, FilterLogEventsResponse>()(
    [
      'logGroupName',
      'logGroupIdentifier',
      'logStreamNames',
      'logStreamNamePrefix',
      'startTime',
      'endTime',
      'filterPattern',
      'nextToken',
      'limit',
      'interleaved',
    ],
    onGroup,
    ({ logStreamNames: names, logStreamNamePrefix: prefix = '', ...request }, call) => {
      const group = getGroup(call, request.logGroupName ?? request.logGroupIdentifier)
      const matches = matcher(request.filterPattern ?? '')
      const found = Object.values(group.streams)
        .filter(({ name }) => name.startsWith(prefix) && (names?.length ? names.includes(name) : true))
        .flatMap((stream) => within(stream, request).map((event) => ({ ...event, stream: stream.name })))
        .filter(matches)
        .toSorted((a, b) => a.at - b.at)
      const { shown, ...next } = page(found, request.nextToken, request.limit ?? 10_000)
      return {
        events: shown.map(({ id, stream, at, message, ingestedAt }) => ({
          eventId: id,
          logStreamName: stream,
          timestamp: at,
          message,
          ingestionTime: ingestedAt,
        })),
        searchedLogStreams: [],
        ...next,
      }
    },
  ),
}
