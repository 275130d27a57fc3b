// Prints how long deployments take against AWS's own floor, and how light the command line is. With `--against COMMIT`, the
// command line of another commit is built in a temporary folder and measured side by side.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundleAll, root } from './bundle.js'
import { fromSource } from './from-source.js'

const print = (line) => void process.stdout.write(`${line}\n`)
const quietly = (command, args, cwd) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })

/** CPU seconds, user and system, of a process: the median of eleven runs. */
function cpuOf(args, cwd) {
  const times = Array.from({ length: 11 }, () => {
    const timed = 'TIMEFORMAT="%U %S"; time "$@" >/dev/null 2>&1'
    const { stderr } = spawnSync('bash', ['-c', timed, 'time', process.execPath, ...args], { cwd, encoding: 'utf8' })
    return stderr
      .trim()
      .split(' ')
      .map(Number)
      .reduce((sum, one) => sum + one, 0)
  })
  return times.toSorted((a, b) => a - b)[5]
}

/** MB of a production install of the package of a checkout, without the sandbox where that is a package of its own. */
async function installedSize(checkout) {
  const folder = await mkdtemp(join(tmpdir(), 'privlink-install-'))
  try {
    quietly('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], checkout)
    const [tarball] = await readdir(folder)
    quietly(
      'npm',
      ['install', '--omit=dev', '--omit=peer', '--no-audit', '--no-fund', '--prefix', folder, join(folder, tarball)],
      folder,
    )
    return Number(quietly('du', ['-sk', 'node_modules'], folder).split('\t')[0]) / 1024
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** How light the built command line of a checkout is. */
async function lightness(checkout) {
  const main = join(checkout, 'dist/main.js')
  const folder = await mkdtemp(join(tmpdir(), 'privlink-light-'))
  try {
    const config = join(root, 'examples/config.yaml')
    const ledger = join(folder, 'ledger.json')
    // A ledger to show: that of a rehearsal.
    quietly(
      process.execPath,
      [main, 'setup', '--sandbox', '--speed', '2000', '--config', config, '--ledger', ledger],
      folder,
    )
    return {
      'install, MB': await installedSize(checkout),
      'status, CPU s': cpuOf([main, 'status', '--config', config, '--ledger', ledger], folder),
      'plan --help, CPU s': cpuOf([main, 'plan', '--help'], folder),
      '--help, CPU s': cpuOf([main, '--help'], folder),
      'node -e 0, CPU s': cpuOf(['-e', '0'], folder),
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Another commit, built in a folder that is gone afterwards. */
async function lightnessOf(commit) {
  const folder = join(await mkdtemp(join(tmpdir(), 'privlink-against-')), 'checkout')
  quietly('git', ['worktree', 'add', '--detach', folder, commit], root)
  try {
    quietly('npm', ['ci', '--no-audit', '--no-fund'], folder)
    quietly(process.execPath, ['scripts/build.js'], folder)
    return await lightness(folder)
  } finally {
    quietly('git', ['worktree', 'remove', '--force', folder], root)
  }
}

const [flag, commit] = process.argv.slice(2)
await bundleAll()
if (flag === undefined) await fromSource('bench/bench.ts')
const now = await lightness(root)
const before = flag === '--against' && commit !== undefined ? await lightnessOf(commit) : undefined
print(
  before === undefined
    ? 'The command line:'
    : `The command line:${'now'.padStart(23)}${commit.padStart(12)}       ratio`,
)
for (const [name, value] of Object.entries(now)) {
  const other =
    before === undefined
      ? ''
      : `${before[name].toFixed(2).padStart(12)}${(value / before[name]).toFixed(2).padStart(12)}`
  print(`  ${name.padEnd(24)}${value.toFixed(2).padStart(12)}${other}`)
}
