// Compiles the sandbox's package and src to their dist, makes the command executable, and writes the JSON Schemas.
import { execFileSync } from 'node:child_process'
import { chmodSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const node = (...args) => execFileSync(process.execPath, args, { stdio: 'inherit' })

for (const dist of ['dist', 'packages/sandbox/dist']) rmSync(at(dist), { recursive: true, force: true })
try {
  for (const project of ['packages/sandbox/tsconfig.build.json', 'tsconfig.build.json'])
    node(at('node_modules/typescript/lib/tsc.js'), '-p', at(project))
  chmodSync(at('dist/main.js'), 0o755)
  node(at('scripts/schemas.js'), ...process.argv.slice(2))
} catch (error) {
  // What was wrong has been printed by whoever found it.
  process.exitCode = error.status ?? 1
}
