// Writes the generated parts of docs/*.md from the build: config keys, commands, permissions. With --check it only says
// whether they are up to date.
import { readFile, writeFile } from 'node:fs/promises'
import { commandReference } from './docs/commands.js'
import { configReference } from './docs/config.js'
import { errorReference } from './docs/errors.js'
import { permissionTables, rolePolicies } from './docs/roles.js'

const parts = [
  ['config.md', 'keys', configReference],
  ['commands.md', 'commands', commandReference],
  ['errors.md', 'codes', errorReference],
  ['roles.md', 'permissions', permissionTables],
  ['roles.md', 'policies', rolePolicies],
]

const check = process.argv.includes('--check')
for (const [name, part, generate] of parts) {
  const file = new URL(`../docs/${name}`, import.meta.url)
  const present = await readFile(file, 'utf8')
  const [begin, end] = [`<!-- generated: ${part} -->\n`, `<!-- /generated: ${part} -->`]
  const [before, rest = ''] = present.split(begin)
  const [, after] = rest.split(end)
  if (after === undefined) throw new Error(`docs/${name} has no place for ${part}: ${begin.trim()} ... ${end}`)
  const text = [before, begin, '\n', await generate(), '\n', end, after].join('')
  if (present === text) continue
  if (check) {
    process.stderr.write(`docs/${name} is not what the code says: npm run docs, and commit it\n`)
    process.exitCode = 1
  } else await writeFile(file, text)
}
