import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parse } from 'yaml'
import { type Config, configSchema } from '../../src/flows/config.ts'
import { type RawConfig, rawExample } from './example.ts'

const path = resolve(import.meta.dirname, '../../examples/lambda.yaml')

export const functionArn = 'arn:aws:lambda:us-east-1:842340000000:function:reports'

/** The example of a function that calls a private API as it is written. */
// The example is a file of ours.
export const rawLambda = (): RawConfig => parse(readFileSync(path, 'utf8')) as RawConfig

/** The same as a test changes it. */
export function lambdaConfig(change: (raw: RawConfig) => void = () => undefined): Config {
  const raw = rawLambda()
  change(raw)
  return configSchema.parse(raw)
}

/** The same with other members of its one integration. */
export const lambdaConfigWith = (more: object): Config =>
  lambdaConfig(({ integrations }) => {
    integrations['reports'] = { ...integrations['reports'], ...more }
  })

/** With a function that is there already. */
export const existingFunctionConfig = (more: object = { payload: { dryRun: true } }): Config =>
  lambdaConfigWith({ function: { arn: functionArn, ...more } })

/** Beside the flows of the first article, whose private API the function calls, from a network that they share. */
export const lambdaWithOthers = (): Config =>
  lambdaConfig((raw) => {
    const other = rawExample()
    raw.accounts = { ...raw.accounts, ...other.accounts }
    raw.networks = { ...other.networks }
    const { api: _, ...reports } = raw.integrations['reports'] ?? {}
    raw.integrations = { ...other.integrations, reports: { ...reports, integration: 'orders' } }
  })
