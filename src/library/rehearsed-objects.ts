import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { messageOf, PrivlinkError, exits } from '../errors.ts'
import type { Existing } from '../flows/existing.ts'
import type { WorldSpec } from 'privlink-sandbox'

/** A list that revokes nothing (RFC 5280): without a signature, which the sandbox does not check. */
const emptyList = [
  '-----BEGIN X509 CRL-----',
  'MDQwIDANBgkqhkiG9w0BAQsFADAAFw0yNTAxMDEwMDAwMDBaMA0GCSqGSIb3DQEBCwUAAwEA',
  '-----END X509 CRL-----',
  '',
].join('\n')

/**
 * The objects in a rehearsal's buckets: the copies that the config names. Without a copy, the only authority is the
 * sandbox's own, which signs for no client, and nothing is revoked. An object that is there already stays when its copy
 * is gone.
 *
 * @param folder the folder that relative paths start from.
 * @throws PrivlinkError CopyUnreadable (exit 2)
 */
export const rehearsedObjects = (
  objects: Existing['objects'],
  folder: string,
  { ca, present }: { ca: string; present: Readonly<Record<string, { body: string }>> },
): Promise<NonNullable<WorldSpec['objects']>> =>
  Promise.all(
    objects.map(async ({ bucket, key, version, holds, copy }) => ({
      bucket,
      key,
      ...(version !== undefined && { version }),
      body:
        copy === undefined
          ? holds === 'authorities'
            ? ca
            : emptyList
          : await read(resolve(folder, copy), holds, present[`${bucket}/${key}`]?.body),
    })),
  )

async function read(path: string, holds: string, present: string | undefined): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    if (present !== undefined) return present
    throw new PrivlinkError(
      'CopyUnreadable',
      `${path}, the copy of the ${holds}, cannot be read: ${messageOf(cause)}`,
      {
        cause,
        exit: exits.usage,
        hint: 'Correct the path in the config, or leave "copy" out.',
      },
    )
  }
}
