/** The public API: `import { createPrivlink } from 'privlink'`. Everything else of the package is closed. */
export type { ErrorCode } from './error-codes.ts'
export { exits, type Exit } from './errors.ts'
export type { Clock } from './clock.ts'
export type { Finding, Verdict } from './engine/step.ts'
export type { Outcome } from './engine/run.ts'
export type { Failure } from './library/failure.ts'
export type {
  CallOptions,
  PartOptions,
  PermissionsOptions,
  PrivlinkEvent,
  PrivlinkOptions,
  RehearsalEvent,
  Removal,
  SandboxOptions,
  SetupOptions,
  TeardownOptions,
  UnlockOptions,
  VerifyOptions,
} from './library/options.ts'
export { createPrivlink, type Privlink } from './library/privlink.ts'
export type {
  Change,
  PermissionsResult,
  PlanResult,
  Result,
  RunResult,
  SandboxResult,
  StatusEntry,
  StatusResult,
  UnlockResult,
} from './library/results.ts'
