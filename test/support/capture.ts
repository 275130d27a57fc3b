import { Writable } from 'node:stream'

/** A stream that keeps what is written to it; as a terminal it also moves its cursor, which is kept in no way. */
export function capture(terminal = false, listen?: (said: string) => void) {
  let text = ''
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      text += chunk.toString()
      listen?.(chunk.toString())
      done()
    },
  })
  const cursor = { cursorTo: () => true, moveCursor: () => true, clearLine: () => true }
  const dressed = Object.assign(stream, terminal ? { isTTY: true, columns: 100, rows: 40, ...cursor } : {})
  return { stream: dressed, text: () => text, lines: () => text.split('\n').filter((line) => line !== '') }
}
