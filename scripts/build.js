// Builds both packages: bundles, declarations with the report of the public API, and the JSON Schemas. With --check, report
// and schemas are compared and not written.
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { reportApi } from './api-report.js'
import { bundleAll, root } from './bundle.js'
import { writeSchemas } from './schemas.js'

const check = process.argv.includes('--check')
await bundleAll()
await Promise.all(['dist/main.js', 'packages/sandbox/dist/main.js'].map((file) => chmod(join(root, file), 0o755)))
const isRight = [await reportApi({ check }), await writeSchemas({ check })]
if (isRight.includes(false)) process.exitCode = 1
