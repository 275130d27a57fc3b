// Lets scripts import modules of src as they are, without a build.
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { root } from './bundle.js'

/** Imports what files of the sources export, such as `src/flows/config.ts`: one object with the names of all of them. */
export async function fromSource(...files) {
  const folder = join(root, 'node_modules/.cache')
  await mkdir(folder, { recursive: true })
  const outfile = join(folder, `privlink-source-${process.pid}-${performance.now()}.mjs`)
  await build({
    absWorkingDir: root,
    stdin: { contents: files.map((file) => `export * from './${file}'`).join('\n'), resolveDir: root },
    outfile,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    logLevel: 'warning',
  })
  try {
    return await import(pathToFileURL(outfile).href)
  } finally {
    await rm(outfile)
  }
}
