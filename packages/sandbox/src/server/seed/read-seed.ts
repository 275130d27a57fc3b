import { SandboxError } from '../../state/errors.ts'
import { readJson } from '../read-json.ts'
import type { WorldSpec } from './seed.ts'

/** The parts that a seed may have: lists, and one map from names to addresses. */
const parts: Record<keyof WorldSpec, 'list' | 'map'> = {
  accounts: 'list',
  vpcs: 'list',
  securityGroups: 'list',
  loadBalancers: 'list',
  endpoints: 'list',
  privateApis: 'list',
  functions: 'list',
  hosts: 'list',
  names: 'map',
  images: 'list',
  objects: 'list',
  certificates: 'list',
  secrets: 'list',
  logGroups: 'list',
}

/**
 * Reads a seed from its JSON file. What its parts say is checked when they are added to a world.
 *
 * @throws SandboxError that names the file, the place in it and what to do.
 */
export async function readSeed(path: string): Promise<WorldSpec> {
  const seed = await readJson(path, '--seed')
  const wrong = faultOf(seed)
  // `seedWorld` checks the contents of the parts when it adds them.
  if (wrong === undefined) return seed as WorldSpec
  const hint = `A seed may have ${Object.keys(parts).join(', ')}: see the section "Seed" of the package's README.`
  throw new SandboxError('InvalidSeed', `--seed ${path}: ${wrong}`, { hint })
}

function faultOf(seed: unknown): string | undefined {
  if (!isMap(seed)) return 'it is not a JSON object'
  for (const [name, part] of Object.entries(seed)) {
    const kind = Object.entries(parts).find(([known]) => known === name)?.[1]
    if (kind === undefined) return `${name}: there is no such part of a seed`
    if (kind === 'list' && !Array.isArray(part)) return `${name}: it is not a list`
    if (kind === 'map' && !isMap(part)) return `${name}: it is not an object`
  }
  return undefined
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
