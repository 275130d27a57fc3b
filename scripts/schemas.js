// Writes schema/*.json from the zod schemas of the sources.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import * as z from 'zod'
import { fromSource } from './from-source.js'

/** @returns whether the files were up to date, or have been written. */
export async function writeSchemas({ check }) {
  const { ledgerSchema, configSchema, jsonEventSchema } = await fromSource(
    'src/disk/ledger-schema.ts',
    'src/flows/config-schema.ts',
    'src/render/json-events.ts',
  )
  const schemas = {
    'config.json': ['The config of privlink', z.toJSONSchema(configSchema, { io: 'input' })],
    'ledger.json': ['What privlink has made, as it remembers it', z.toJSONSchema(ledgerSchema)],
    'events.json': ['One line of --json', z.toJSONSchema(jsonEventSchema)],
  }
  const folder = new URL('../schema/', import.meta.url)
  await mkdir(folder, { recursive: true })
  let isRight = true
  for (const [name, [title, schema]] of Object.entries(schemas)) {
    const text = `${JSON.stringify({ title, ...schema }, null, 2)}\n`
    const file = new URL(name, folder)
    const present = await readFile(file, 'utf8').catch(() => '')
    if (present === text) continue
    if (check) {
      process.stderr.write(`schema/${name} is not what the code says: npm run build, and commit it\n`)
      isRight = false
    } else await writeFile(file, text)
  }
  return isRight
}
