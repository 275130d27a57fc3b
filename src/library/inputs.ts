import { access } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { checkConfig, readConfig } from '../disk/config-file.ts'
import { PrivlinkError, exits } from '../errors.ts'
import type { Config } from '../flows/config-schema.ts'
import type { PrivlinkOptions } from './options.ts'

/** The config file of a call that names none, if it is there. */
const defaultConfig = 'privlink.yaml'

/**
 * The config.
 *
 * @throws PrivlinkError ConfigMissing, ConfigUnreadable, ConfigInvalid (exit 2)
 */
export async function configOf({ config = defaultConfig }: PrivlinkOptions): Promise<Config> {
  const { configSchema } = await import('../flows/config-schema.ts')
  return typeof config === 'string' ? readConfig(config, configSchema) : checkConfig(config, configSchema)
}

/** The folder that relative paths in the config start from. */
export const folderOf = ({ config = defaultConfig, folder }: PrivlinkOptions): string =>
  folder ?? (typeof config === 'string' ? dirname(config) : '.')

/** The config, if one is given or lies in the default place. */
export async function configIfAny(options: PrivlinkOptions): Promise<Config | undefined> {
  if (options.config !== undefined) return configOf(options)
  const isThere = await access(defaultConfig).then(
    () => true,
    () => false,
  )
  return isThere ? configOf(options) : undefined
}

/**
 * The config, if there is one, and the path of the ledger: for calls that can do with the ledger alone.
 *
 * @throws PrivlinkError NoConfigNorLedger (exit 2)
 */
export async function configAndLedger(
  options: PrivlinkOptions,
): Promise<{ config: Config | undefined; ledgerPath: string }> {
  const config = await configIfAny(options)
  if (config !== undefined) return { config, ledgerPath: ledgerPathOf(options, config.deployment) }
  if (options.ledger !== undefined) return { config, ledgerPath: options.ledger }
  throw new PrivlinkError('NoConfigNorLedger', `There is no config file ${defaultConfig}, and no ledger is named`, {
    hint: 'Name one of them: --config FILE or --ledger FILE.',
    exit: exits.usage,
  })
}

/** A rehearsal keeps a ledger of its own, so that it never mixes with the things on AWS. */
export const ledgerPathOf = ({ ledger, sandbox = false }: PrivlinkOptions, deployment: string): string =>
  ledger ?? join('.privlink', `${deployment}${sandbox ? '.rehearsal' : ''}.json`)

/** The file that keeps the world of a rehearsal between its calls. */
export const sandboxStateOf = (deployment: string): string => join('.privlink', `${deployment}.sandbox.json`)
