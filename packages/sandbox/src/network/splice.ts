// Carries bytes between two connections without looking at them.
import { type Duplex, pipeline } from 'node:stream'

/** Carries bytes between two streams, both ways; what ends or breaks one does the same to the other. */
export function splice(one: Duplex, other: Duplex): void {
  // The side that broke knows why; the other one is closed.
  const over = () => {}
  pipeline(one, other, over)
  pipeline(other, one, over)
}
