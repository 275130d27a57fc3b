import { readFile } from 'node:fs/promises'

import { messageOf, SandboxError } from '../state/errors.ts'

/**
 * Reads a JSON file that an option names.
 *
 * @throws SandboxError for a file that cannot be read or is no JSON, which says where.
 */
export async function readJson(path: string, option: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (thrown) {
    const hint = `Give ${option} a JSON file that can be read.`
    throw new SandboxError('UnreadableFile', `${option} ${path}: ${messageOf(thrown)}`, { hint, cause: thrown })
  }
}
