import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parse } from 'yaml'
import { configSchema, type Config } from '../../src/flows/config.ts'

const path = resolve(import.meta.dirname, '../../examples/config.yaml')

type Section = Record<string, Record<string, unknown>>

/** A config as it is written in YAML; tests change any of it. */
export interface RawConfig extends Record<string, unknown> {
  accounts: Section
  networks: Section
  integrations: Section
}

/** The example config as it is written, with a test's change. */
export function rawExample(change: (raw: RawConfig) => void = () => undefined): RawConfig {
  // The example is a file of ours.
  const raw = parse(readFileSync(path, 'utf8')) as RawConfig
  change(raw)
  return raw
}

/** The same as the program reads it. */
export const exampleConfig = (change?: (raw: RawConfig) => void): Config => configSchema.parse(rawExample(change))

/** Only the integration with this name. */
export const only =
  (name: string) =>
  (raw: RawConfig): void => {
    for (const other of Object.keys(raw.integrations)) if (other !== name) delete raw.integrations[other]
  }

/** Changes one entry of a section. */
export const set =
  (section: 'accounts' | 'networks' | 'integrations', name: string, change: Record<string, unknown>) =>
  (raw: RawConfig): void => {
    raw[section][name] = { ...raw[section][name], ...change }
  }
