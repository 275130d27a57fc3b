import { type Purpose, purposes } from '../aws/iam-policy.ts'
import type { Permissions } from '../flows/permissions.ts'
import { exits, type Exit } from '../errors.ts'
import { count } from '../render/wording.ts'
import type { Context, Options } from './context.ts'
import { configOf, folderOf } from './ground.ts'
import { runCommand } from './run-command.ts'

/** Prints the IAM policies that the accounts' roles need. Calls nobody. */
export const permissions = (options: Options, context: Context): Promise<Exit> =>
  // With --json it prints one document to be worked on, no events: errors go to stderr as they do without.
  runCommand('permissions', { ...options, json: false }, context, async ({ renderer }) => {
    const config = await configOf(options)
    const [{ compose }, { permissionsOf, unknownPrincipal }] = await Promise.all([
      import('../flows/config.ts'),
      import('../flows/permissions.ts'),
    ])
    const { purpose = 'all', principal } = options
    const wanted = purposes.filter((one) => purpose === 'all' || purpose === one)
    const found = permissionsOf(config, compose(config, folderOf(options), 'leave'), { wanted, principal })
    if (options.json === true) context.stdout.write(`${JSON.stringify(found, null, 2)}\n`)
    else renderer.result(() => found.map(shown).join('\n'), [])
    if (principal === undefined && found.some(({ roleArn }) => roleArn !== null)) {
      renderer.note(`put the ARN of who runs privlink in the place of ${unknownPrincipal}, or give it with --principal`)
    }
    return exits.done
  })

function shown({ account, id, roleArn, trustPolicy, policies }: Permissions): string {
  const heading = `# ${account} (${id}): ${roleArn ?? 'no role, your own credentials'}\n`
  const trust = trustPolicy === null ? '' : `\n## trust policy\n\n${fenced(trustPolicy)}`
  const parts = purposes.flatMap((purpose) => partsOf(purpose, policies[purpose]))
  return [heading, trust, ...parts].join('')
}

function partsOf(purpose: Purpose, documents: Permissions['policies'][Purpose]): string[] {
  if (documents === undefined) return []
  if (documents.length === 0) return [`\n## ${purpose}\n\nnothing\n`]
  return documents.map((document, index) => {
    const part = documents.length === 1 ? '' : ` (${index + 1} of ${count(documents.length, 'document')})`
    return `\n## ${purpose}${part}\n\n${fenced(document)}`
  })
}

const fenced = (document: object): string => `\`\`\`json\n${JSON.stringify(document, null, 2)}\n\`\`\`\n`
