// The main job without an AWS account: all five flows in the sandbox, from nothing to proven calls, and to nothing again.
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))
// A place of its own, so that every demo begins with nothing.
const place = mkdtempSync(join(tmpdir(), 'privlink-demo-'))
const began = Date.now()

function run(title, args, cwd) {
  process.stdout.write(`\n$ ${title}\n`)
  const { status } = spawnSync(process.execPath, args, { cwd, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

// Debian keeps it where only root's PATH leads to.
process.env.PATH += ':/usr/sbin'
const hasNginx = spawnSync('nginx', ['-v']).status === 0
// Everything but the flow whose proxy is NGINX.
const only = hasNginx ? [] : ['--only', 'orders', 'warehouse', 'door', 'reports']

// Twice as fast as a rehearsal is by itself: two minutes of AWS pass in a second.
const always = ['--sandbox', '--speed', '120', '--config', 'all-flows.yaml']
const privlink = (command, ...options) =>
  run(
    ['privlink', command, ...options, ...always].join(' '),
    [at('dist/main.js'), command, ...options, ...always],
    place,
  )

run('npm run build', [at('scripts/build.js')], at('.'))
copyFileSync(at('examples/all-flows.yaml'), join(place, 'all-flows.yaml'))
run(
  'node examples/make-certificates.js tls payments.example.internal',
  [at('examples/make-certificates.js'), 'tls', 'payments.example.internal'],
  place,
)
if (!hasNginx)
  process.stdout.write('\nThere is no nginx on this machine: the flow mtls-proxy (payments) is left out.\n')
privlink('setup', ...only)
privlink('verify', ...only)
privlink('setup', ...only)
privlink('teardown', '--yes')
process.stdout.write(`
${Math.round((Date.now() - began) / 1000)} s in all. To go through it step by step:

  cd ${place}
  ${at('dist/main.js')} setup --sandbox --config all-flows.yaml
`)
