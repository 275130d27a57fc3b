import { purposes } from '../aws/permissions/policies.ts'
import { exits } from '../errors.ts'
import { compose } from '../flows/config.ts'
import { permissionsOf, unknownPrincipal } from '../flows/permissions.ts'
import type { Call } from './call.ts'
import { configOf, folderOf } from './inputs.ts'
import type { PermissionsOptions } from './options.ts'
import type { PermissionsResult } from './results.ts'

/** The IAM policies that the accounts' roles need. */
export async function permissions(
  { options }: Call,
  { purposes: wanted = purposes, principal }: PermissionsOptions,
): Promise<Omit<PermissionsResult, 'ok' | 'errors'>> {
  const config = await configOf(options)
  const graph = compose(config, folderOf(options), 'leave')
  return {
    accounts: permissionsOf(config, graph, { wanted, principal }),
    unknownPrincipal: principal === undefined ? unknownPrincipal : undefined,
    exit: exits.done,
  }
}
