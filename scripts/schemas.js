// Writes schema/*.json from the zod schemas of the build. With --check it only says whether they are up to date.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { ledgerSchema } from '../dist/disk/ledger-schema.js'
import { configSchema } from '../dist/flows/config-schema.js'
import { jsonEventSchema } from '../dist/render/json-events.js'

const schemas = {
  'config.json': ['The config of privlink', z.toJSONSchema(configSchema, { io: 'input' })],
  'ledger.json': ['What privlink has made, as it remembers it', z.toJSONSchema(ledgerSchema)],
  'events.json': ['One line of --json', z.toJSONSchema(jsonEventSchema)],
}

const folder = new URL('../schema/', import.meta.url)
const check = process.argv.includes('--check')
await mkdir(folder, { recursive: true })
for (const [name, [title, schema]] of Object.entries(schemas)) {
  const text = `${JSON.stringify({ title, ...schema }, null, 2)}\n`
  const file = new URL(name, folder)
  const present = await readFile(file, 'utf8').catch(() => '')
  if (present === text) continue
  if (check) {
    process.stderr.write(`schema/${name} is not what the code says: npm run build, and commit it\n`)
    process.exitCode = 1
  } else await writeFile(file, text)
}
