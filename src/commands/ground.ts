import { access } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { readConfig } from '../disk/config-file.ts'
import { PrivlinkError, exits } from '../errors.ts'
import type { Config } from '../flows/config-schema.ts'
import type { Options } from './context.ts'

const defaultConfig = 'privlink.yaml'

/** What a command stands on: the config, if there is one, and the path of the ledger. */
export interface Ground {
  config: Config | undefined
  ledgerPath: string
}

/**
 * The config of a run.
 *
 * @throws PrivlinkError ConfigMissing, ConfigUnreadable, ConfigInvalid
 */
export async function configOf(options: Options): Promise<Config> {
  const { configSchema } = await import('../flows/config-schema.ts')
  return readConfig(options.config ?? defaultConfig, configSchema)
}

/** What relative paths in the config start from. */
export const folderOf = (options: Options): string => dirname(options.config ?? defaultConfig)

/** The config if one is named or lies in the default place. */
export async function configIfAny(options: Options): Promise<Config | undefined> {
  if (options.config !== undefined) return configOf(options)
  const isThere = await access(defaultConfig).then(
    () => true,
    () => false,
  )
  return isThere ? configOf(options) : undefined
}

/**
 * For commands that can do with the ledger alone.
 *
 * @throws PrivlinkError NoConfigNorLedger
 */
export async function groundOf(options: Options): Promise<Ground> {
  const config = await configIfAny(options)
  if (config !== undefined) return { config, ledgerPath: ledgerPathOf(options, config.deployment) }
  if (options.ledger !== undefined) return { config, ledgerPath: options.ledger }
  throw new PrivlinkError('NoConfigNorLedger', `There is no config file ${defaultConfig}, and no ledger is named`, {
    hint: 'Name one of them: --config FILE or --ledger FILE.',
    exit: exits.usage,
  })
}

/** A rehearsal keeps a ledger of its own, so that it never mixes with what exists on AWS. */
export const ledgerPathOf = (options: Options, deployment: string): string =>
  options.ledger ?? join('.privlink', `${deployment}${options.sandbox === true ? '.rehearsal' : ''}.json`)

/** Where the world of a rehearsal is kept between its commands. */
export const sandboxStateOf = (deployment: string): string => join('.privlink', `${deployment}.sandbox.json`)
