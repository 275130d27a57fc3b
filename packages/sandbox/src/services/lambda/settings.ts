import type { CreateFunctionRequest } from '@aws-sdk/client-lambda'
import { invalidParameter } from '../../reads/function-refusals.ts'
import type { LambdaFunction } from '../../state/lambda.ts'

/** The settings that CreateFunction and UpdateFunctionConfiguration share. */
type Wanted = Pick<
  CreateFunctionRequest,
  | 'Description'
  | 'Environment'
  | 'EphemeralStorage'
  | 'Handler'
  | 'MemorySize'
  | 'Runtime'
  | 'Timeout'
  | 'TracingConfig'
>

export const settingNames = [
  'Description',
  'Environment',
  'EphemeralStorage',
  'Handler',
  'MemorySize',
  'Runtime',
  'Timeout',
  'TracingConfig',
] as const

type Settings = Pick<
  LambdaFunction,
  'description' | 'environment' | 'ephemeralStorage' | 'handler' | 'memorySize' | 'runtime' | 'timeout' | 'tracing'
>

/**
 * Names that Lambda sets itself ("Using Lambda environment variables", reserved); those it only presets may be given.
 */
const reserved =
  /^(_HANDLER|_X_AMZN_TRACE_ID|AWS_(DEFAULT_)?REGION|AWS_EXECUTION_ENV|AWS_LAMBDA_(FUNCTION_(NAME|MEMORY_SIZE|VERSION)|INITIALIZATION_TYPE|LOG_GROUP_NAME|LOG_STREAM_NAME|RUNTIME_API)|AWS_ACCESS_KEY(_ID)?|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|LAMBDA_(TASK_ROOT|RUNTIME_DIR))$/

/**
 * The settings that a request gives, those that it leaves out unchanged.
 *
 * @throws AwsError InvalidParameterValueException
 */
export function readSettings(wanted: Wanted, present: Settings): Settings {
  const { Runtime: runtime = present.runtime, Handler: handler = present.handler } = wanted
  if (runtime === '' || handler === '') {
    throw invalidParameter(
      'Runtime and Handler are mandatory parameters for functions created with deployment packages.',
    )
  }
  // A deviation: AWS knows others, and the sandbox has only Node.js to run them with.
  if (!/^nodejs\d+\.x$/.test(runtime)) {
    throw invalidParameter(`Value ${runtime} at 'runtime' is no runtime that the sandbox has: nodejs only.`)
  }
  return {
    runtime,
    handler,
    description: wanted.Description ?? present.description,
    timeout: within('timeout', wanted.Timeout ?? present.timeout, 1, 900),
    memorySize: within('memorySize', wanted.MemorySize ?? present.memorySize, 128, 10_240),
    ephemeralStorage: within('size', wanted.EphemeralStorage?.Size ?? present.ephemeralStorage, 512, 10_240),
    environment: wanted.Environment === undefined ? present.environment : readEnvironment(wanted.Environment.Variables),
    tracing: readTracing(wanted.TracingConfig?.Mode) ?? present.tracing,
  }
}

function readTracing(mode: string | undefined): Settings['tracing'] | undefined {
  if (mode === undefined || mode === 'Active' || mode === 'PassThrough') return mode
  throw invalidParameter(
    `1 validation error detected: Value '${mode}' at 'tracingConfig.mode' failed to satisfy constraint: Member must satisfy enum value set: [Active, PassThrough]`,
  )
}

function readEnvironment(variables: Record<string, string> = {}): Record<string, string> {
  const taken = Object.keys(variables).filter((name) => reserved.test(name))
  if (taken.length > 0) {
    throw invalidParameter(
      `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${taken.join(', ')}`,
    )
  }
  const size = Buffer.byteLength(JSON.stringify(variables))
  if (size > 4096) {
    throw invalidParameter(
      'Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit.',
    )
  }
  return { ...variables }
}

function within(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value
  const limit = value < least ? `greater than or equal to ${least}` : `less than or equal to ${most}`
  throw invalidParameter(
    `1 validation error detected: Value '${value}' at '${name}' failed to satisfy constraint: Member must have value ${limit}`,
  )
}
