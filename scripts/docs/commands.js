import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

/** What the program says of itself. It is not at a terminal, whose width and colours would show. */
const help = (...command) => execFileSync(process.execPath, [main, ...command, '--help'], { encoding: 'utf8' })

/** Every command with its help. */
export function commandReference() {
  const [, list = ''] = help().split('Commands:\n')
  const names = [...list.matchAll(/^ {2}(\w+) /gm)].map(([, name]) => name).filter((name) => name !== 'help')
  return names.map((name) => `### privlink ${name}\n\n\`\`\`text\n${help(name)}\`\`\`\n`).join('\n')
}
