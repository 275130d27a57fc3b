// The main job without an AWS account: both flows of the article in the sandbox, from nothing to a proven call.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const config = at('examples/config.yaml')
// A place of its own, so that every demo begins with nothing.
const place = mkdtempSync(join(tmpdir(), 'privlink-demo-'))

function run(title, command, args, cwd) {
  process.stdout.write(`\n$ ${title}\n`)
  const { status } = spawnSync(command, args, { cwd, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

const privlink = (command) =>
  run(
    `privlink ${command} --sandbox --config examples/config.yaml`,
    process.execPath,
    [at('dist/main.js'), command, '--sandbox', '--config', config],
    place,
  )

run('npm run build', process.execPath, [at('scripts/build.js')], at('.'))
if (!existsSync(config)) throw new Error(`${config} is missing`)
privlink('setup')
privlink('verify')
process.stdout.write(`
What was made is remembered in ${join(place, '.privlink')}. Look at it, and take it away again:

  cd ${place}
  ${at('dist/main.js')} status --sandbox --config ${config}
  ${at('dist/main.js')} teardown --sandbox --yes --config ${config}
`)
