import { copyFile, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Metafile } from 'esbuild'
import { atEndOfFile } from './end-of-file.ts'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const sandbox = 'packages/sandbox'

/**
 * Path of a file of the bundle, `main.js` unless told, for tests that start processes. It bundles once for every state of
 * the sources, into a folder of its own, so that test files that run side by side do not disturb each other. The sandbox is
 * installed beside it, as it is for a user who has both packages.
 */
export async function built(file = 'main.js'): Promise<string> {
  const cache = join(root, 'node_modules', '.cache')
  const sources = ['src', `${sandbox}/src`, 'scripts', 'package.json', `${sandbox}/package.json`]
  const changed = await Promise.all(sources.map((one) => newest(join(root, one))))
  const home = join(cache, `privlink-${Math.max(...changed)}`)
  if (!(await isThere(home))) {
    const { bundleAll } = await import('../../scripts/bundle.js')
    await mkdir(cache, { recursive: true })
    const draft = await mkdtemp(join(cache, 'privlink-draft-'))
    const [account] = await bundleAll(draft)
    await writeFile(join(draft, 'sources.json'), JSON.stringify(sourcesIn(account, draft)))
    await copyFile(join(root, 'package.json'), join(draft, 'package.json'))
    await copyFile(join(root, sandbox, 'package.json'), join(draft, sandbox, 'package.json'))
    await mkdir(join(draft, 'node_modules'))
    await rename(join(draft, sandbox), join(draft, 'node_modules', 'privlink-sandbox'))
    await rename(draft, home).catch(() => rm(draft, { recursive: true }))
  }
  return join(home, 'dist', file)
}

/** Path of a bundle of one source file alone, for tests that load it in a process of their own. */
export async function builtModule(source: string): Promise<string> {
  const { bundle } = await import('../../scripts/bundle.js')
  const cache = join(root, 'node_modules', '.cache')
  await mkdir(cache, { recursive: true })
  const out = await mkdtemp(join(cache, 'privlink-module-'))
  atEndOfFile(() => rm(out, { recursive: true }))
  await bundle({ root, entries: [source], out })
  return join(out, basename(source).replace(/ts$/, 'js'))
}

/** The sources in each file of the bundle, by its path below `dist`. */
const sourcesIn = ({ outputs }: Metafile, draft: string): Record<string, string[]> =>
  Object.fromEntries(
    Object.entries(outputs).map(([output, { inputs }]) => [
      relative(join(draft, 'dist'), resolve(root, output)),
      Object.keys(inputs),
    ]),
  )

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

/** The time of the last change of a file, or below a folder. */
async function newest(path: string): Promise<number> {
  const names = (await stat(path)).isDirectory() ? await readdir(path, { recursive: true }) : ['']
  const times = await Promise.all(names.map(async (name) => (await stat(join(path, name))).mtimeMs))
  return Math.round(Math.max(...times))
}
