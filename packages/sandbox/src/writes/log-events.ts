import { newId, type World } from '../state/world.ts'
import { findGroup } from '../reads/log-groups.ts'
import type { LogGroup, LogStream } from '../state/logs.ts'
import type { AccountRegion } from '../state/resource.ts'

/** A stream keeps its newest events, and the beginning of each, since the whole world is one file. */
const mostEvents = 1000
const mostCharacters = 16_384
/** Streams of a group: the oldest go. */
const mostStreams = 100

/** The stream of that name, made if need be. */
export function openStream(group: LogGroup, name: string, now: number): LogStream {
  const stream = (group.streams[name] ??= { name, createdAt: now, events: [] })
  const all = Object.values(group.streams).toSorted((a, b) => a.createdAt - b.createdAt)
  for (const old of all.slice(0, Math.max(0, all.length - mostStreams))) {
    if (old !== stream) delete group.streams[old.name]
  }
  return stream
}

export function addEvent(world: World, stream: LogStream, event: { at: number; now: number; message: string }): void {
  const message = event.message.slice(0, mostCharacters)
  stream.events.push({ id: newId(world, '', 32), at: event.at, ingestedAt: event.now, message })
  stream.events.sort((a, b) => a.at - b.at)
  stream.events.splice(0, Math.max(0, stream.events.length - mostEvents))
}

/**
 * Writes what a task or a function says, line by line, into a stream of its account's group; nothing happens without
 * the group, as with the awslogs driver.
 *
 * @param group its name.
 * @param now ms of sandbox time.
 * @returns whether there is such a group.
 */
export function appendLog(
  world: World,
  { account, region }: AccountRegion,
  { group: name, stream }: { group: string; stream: string },
  now: number,
  message: string,
): boolean {
  const group = findGroup(world, { account, region }, name)
  if (group === undefined) return false
  const opened = openStream(group, stream, now)
  for (const line of message.split('\n')) if (line !== '') addEvent(world, opened, { at: now, now, message: line })
  return true
}
