import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parse } from 'yaml'
import { exits, messageOf, PrivlinkError } from '../errors.ts'

/**
 * Reads a YAML or JSON document, such as the user's own OpenAPI file.
 *
 * @param folder what a relative path starts from.
 * @throws PrivlinkError DocumentUnreadable (exit 2)
 */
export function readDocument(path: string, folder: string): Record<string, unknown> {
  const whole = resolve(folder, path)
  const refuse = (why: string, cause?: unknown) =>
    new PrivlinkError('DocumentUnreadable', `the document ${whole} cannot be read: ${why}`, {
      exit: exits.usage,
      hint: 'Correct api.openapi in the config, or the file.',
      cause,
    })
  let document: unknown
  try {
    document = parse(readFileSync(whole, 'utf8'))
  } catch (cause) {
    throw refuse(messageOf(cause), cause)
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw refuse('it is not a mapping')
  }
  // A mapping in YAML has text for keys once it is a JavaScript object.
  return document as Record<string, unknown>
}
