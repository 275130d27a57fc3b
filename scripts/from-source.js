// Lets scripts import modules of src as they are, without a build.
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { root } from './bundle.js'

/** Imports a file of the sources, such as `src/flows/config.ts`. */
export async function fromSource(file) {
  const folder = join(root, 'node_modules/.cache')
  await mkdir(folder, { recursive: true })
  const outfile = join(folder, `privlink-${process.pid}-${file.replaceAll('/', '-')}.mjs`)
  await build({
    absWorkingDir: root,
    entryPoints: [file],
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
