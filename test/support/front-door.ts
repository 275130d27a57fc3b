import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parse } from 'yaml'
import { type Config, configSchema } from '../../src/flows/config.ts'
import { type RawConfig, rawExample } from './example.ts'

const path = resolve(import.meta.dirname, '../../examples/front-door.yaml')

/** The example of a front door as it is written. */
// The example is a file of ours.
export const rawFrontDoor = (): RawConfig => parse(readFileSync(path, 'utf8')) as RawConfig

/** The example of a front door, as a test changes it. */
export function frontDoorConfig(change: (raw: RawConfig) => void = () => undefined): Config {
  const raw = rawFrontDoor()
  change(raw)
  return configSchema.parse(raw)
}

/** Both examples in one config: the front door leads to the orders of the other one too. */
export const frontDoorWithOthers = (): Config =>
  frontDoorConfig((raw) => {
    const other = rawExample()
    const door = raw.integrations['door']
    const routes = Array.isArray(door?.['routes']) ? door['routes'] : []
    raw.accounts = { ...raw.accounts, ...other.accounts }
    raw.networks = { ...other.networks }
    raw.integrations = {
      ...other.integrations,
      door: { ...door, routes: [...routes, { prefix: 'made', integration: 'orders' }] },
    }
  })

export const userPoolArn = 'arn:aws:cognito-idp:us-east-1:842340000000:userpool/us-east-1_Ab12Cd34E'
export const logGroupArn = 'arn:aws:logs:us-east-1:842340000000:log-group:front-door'

/** The front door of the example as a test wants its API. */
export const frontDoorWith = (api: object): Config =>
  frontDoorConfig(({ integrations }) => {
    integrations['door'] = { ...integrations['door'], api: { stage: 'live', ...api } }
  })

/** With logs and throttling, open to everybody. */
export const openFrontDoor = (): Config =>
  frontDoorWith({ accessLogs: { logGroupArn }, throttling: { rate: 12.5, burst: 30 } })

/** With all that a front door may have: a lock, logs, throttling. */
export const guardedFrontDoor = (): Config =>
  frontDoorWith({
    authorization: { cognito: [userPoolArn] },
    accessLogs: { logGroupArn },
    throttling: { rate: 12.5, burst: 30 },
  })
