// Carries bytes between two connections without looking at them.
import { type Duplex, pipeline } from 'node:stream'

/** Carries bytes between two streams, both ways; what ends or breaks one does the same to the other. */
export function splice(one: Duplex, other: Duplex): void {
  // Whoever broke knows why; the other is told by being closed.
  const over = () => {}
  pipeline(one, other, over)
  pipeline(other, one, over)
}
