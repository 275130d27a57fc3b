import { madeOf, type Facts, type FactsOf } from './ref.ts'

/** The facts that a run has gathered so far, of things that are ready and of things that have only been created. */
export function gatherFacts() {
  const held = new Map<string, Facts>()
  return {
    of: ((need) => held.get(need)) satisfies FactsOf,
    made: (node: string, facts: Facts) => void held.set(madeOf(node), facts),
    ready: (node: string, facts: Facts) => void held.set(madeOf(node), facts).set(node, facts),
  }
}
