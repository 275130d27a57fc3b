import { exits, type Exit, type PermissionsResult } from '../lib.ts'
import { count } from '../render/wording.ts'
import type { Context } from './context.ts'
import type { PermissionsOptions } from './options.ts'
import { runCommand } from './run-command.ts'

type Permissions = PermissionsResult['accounts'][number]

const purposes = ['setup', 'verify', 'teardown'] as const

/** Prints the IAM policies that the accounts' roles need. It calls no AWS. */
export const permissions = (options: PermissionsOptions, context: Context): Promise<Exit> =>
  // With --json it prints one document to be worked on, no events: errors go to stderr as they do without.
  runCommand('permissions', { ...options, json: false }, context, async ({ privlink, call, renderer }) => {
    const { purpose = 'all', principal } = options
    const wanted = purposes.filter((one) => purpose === 'all' || purpose === one)
    const result = await privlink.permissions({ ...call, purposes: wanted, principal })
    const { exit, accounts, unknownPrincipal } = result
    if (exit !== exits.done) return result
    if (options.json === true) context.stdout.write(`${JSON.stringify(accounts, null, 2)}\n`)
    else renderer.result(() => accounts.map(shown).join('\n'), [])
    if (unknownPrincipal !== undefined && accounts.some(({ roleArn }) => roleArn !== null)) {
      renderer.note(`put the ARN of who runs privlink in the place of ${unknownPrincipal}, or give it with --principal`)
    }
    return result
  })

function shown({ account, id, roleArn, trustPolicy, policies }: Permissions): string {
  const heading = `# ${account} (${id}): ${roleArn ?? 'no role, your own credentials'}\n`
  const trust = trustPolicy === null ? '' : `\n## trust policy\n\n${fenced(trustPolicy)}`
  const parts = purposes.flatMap((purpose) => partsOf(purpose, policies[purpose]))
  return [heading, trust, ...parts].join('')
}

function partsOf(
  purpose: (typeof purposes)[number],
  documents: Permissions['policies'][(typeof purposes)[number]],
): string[] {
  if (documents === undefined) return []
  if (documents.length === 0) return [`\n## ${purpose}\n\nnothing\n`]
  return documents.map((document, index) => {
    const part = documents.length === 1 ? '' : ` (${index + 1} of ${count(documents.length, 'document')})`
    return `\n## ${purpose}${part}\n\n${fenced(document)}`
  })
}

const fenced = (document: object): string => `\`\`\`json\n${JSON.stringify(document, null, 2)}\n\`\`\`\n`
