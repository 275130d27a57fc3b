import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/**
 * Path of a compiled file, `main.js` unless told, for tests that start processes. Compiles once for every state of the
 * sources, into a folder of its own, so that test files that run side by side do not disturb each other.
 */
export async function built(file = 'main.js'): Promise<string> {
  const cache = join(root, 'node_modules', '.cache')
  const sandbox = join(root, 'packages', 'sandbox')
  const changed = await Promise.all([newest(join(root, 'src')), newest(join(sandbox, 'src'))])
  const home = join(cache, `privlink-${Math.max(...changed)}`)
  if (!(await isThere(home))) {
    await mkdir(cache, { recursive: true })
    const draft = await mkdtemp(join(cache, 'privlink-draft-'))
    const installed = join(draft, 'node_modules', 'privlink-sandbox')
    await compile(join(sandbox, 'tsconfig.build.json'), join(installed, 'dist'))
    await copyFile(join(sandbox, 'package.json'), join(installed, 'package.json'))
    await compile(join(root, 'tsconfig.build.json'), join(draft, 'dist'))
    await copyFile(join(root, 'package.json'), join(draft, 'package.json'))
    await rename(draft, home).catch(() => rm(draft, { recursive: true }))
  }
  return join(home, 'dist', file)
}

async function compile(project: string, outDir: string): Promise<void> {
  const tsc = join(root, 'node_modules', '.bin', 'tsc')
  await promisify(execFile)(tsc, ['-p', project, '--outDir', outDir]).catch(async (failed: unknown) => {
    // Types are checked elsewhere; here it only matters that the code came out.
    if (!(await isThere(outDir))) throw failed
  })
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

/** The time of the last change below a folder. */
async function newest(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true })
  const times = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).mtimeMs))
  return Math.round(Math.max(...times))
}
