/** The public surface of the package: start a sandbox, say what exists in it, and make it fail on purpose. */
export { type Clock, jumpingClock, runningClock } from './clock.ts'
export { SandboxError } from './errors.ts'
export type { Fault } from './faults.ts'
export { type Sandbox, type SandboxOptions, startSandbox } from './sandbox.ts'
export type { WorldSpec } from './seed.ts'
