/** The public surface of the package: start a sandbox, say what exists in it, and make it fail on purpose. */
export { type Clock, jumpingClock, runningClock } from './state/clock.ts'
export { SandboxError } from './state/errors.ts'
export type { Fault } from './server/faults.ts'
export { type Sandbox, type SandboxOptions, startSandbox } from './server/sandbox.ts'
export type { WorldSpec } from './server/seed/seed.ts'
