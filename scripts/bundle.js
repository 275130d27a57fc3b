// Bundles a package with esbuild: one entry each, chunks that load when they are needed, and all that it imports inside.
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'

/** Licences of packages that may go into a bundle. */
const permissive = ['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'Unlicense']

/** What packages of CommonJS expect to be there. */
const commonJs = [
  "import { createRequire as $createRequire } from 'node:module'",
  "import { fileURLToPath as $fileURLToPath } from 'node:url'",
  'const require = $createRequire(import.meta.url), __filename = $fileURLToPath(import.meta.url)',
].join(';')

/**
 * @param root folder of the repository.
 * @param entries source files, relative to it.
 * @param out folder of the bundle.
 * @returns esbuild's account of which sources each of its files holds.
 */
export async function bundle({ root, entries, out, external = [] }) {
  await rm(out, { recursive: true, force: true })
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: entries,
    outdir: out,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    // AWS's clients have a build of ES modules, of which unused commands and schemas are left out.
    mainFields: ['module', 'main'],
    // Names stay: stack traces of bugs are read by people.
    minifySyntax: true,
    minifyWhitespace: true,
    keepNames: false,
    legalComments: 'none',
    external,
    chunkNames: 'chunks/[name]-[hash]',
    banner: { js: commonJs },
    metafile: true,
    logLevel: 'warning',
  })
  await writeFile(join(out, 'THIRD-PARTY-LICENSES.txt'), await licencesOf(root, Object.keys(metafile.inputs)))
  return metafile
}

/** The licence of every package that the bundle holds. Throws if one is not permissive. */
async function licencesOf(root, inputs) {
  const folders = new Set(
    inputs.flatMap((input) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? []),
  )
  const texts = await Promise.all(
    [...folders].sort().map(async (folder) => {
      const at = join(root, folder)
      const { name, version, license } = JSON.parse(await readFile(join(at, 'package.json'), 'utf8'))
      if (!permissive.includes(license))
        throw new Error(`${name} ${version} has the licence ${license}: it may not be bundled`)
      return `${name} ${version} (${license})\n\n${await licenceIn(at)}\n`
    }),
  )
  return texts.join(`\n${'-'.repeat(80)}\n\n`)
}

/** The texts of a package's licence and notice files: both have to go along (Apache License 2.0, section 4). */
async function licenceIn(folder) {
  const names = (await readdir(folder)).filter((name) => /^(licen[cs]e|copying|notice)/i.test(name)).sort()
  if (names.length === 0) return 'The package holds no licence text of its own.'
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
  return texts.map((text) => text.trim()).join('\n\n')
}

/** The folder of the repository. */
export const root = dirname(import.meta.dirname)

const sandbox = 'packages/sandbox'

/** Bundles both packages below a folder that is laid out like the repository; returns their accounts, privlink's first. */
export const bundleAll = (out = root) =>
  Promise.all([
    // The sandbox is a package of its own, which the rehearsal loads by its name.
    bundle({ root, entries: ['src/main.ts', 'src/lib.ts'], out: join(out, 'dist'), external: ['privlink-sandbox'] }),
    bundle({
      root,
      entries: [`${sandbox}/src/main.ts`, `${sandbox}/src/index.ts`],
      out: join(out, sandbox, 'dist'),
    }),
  ])
