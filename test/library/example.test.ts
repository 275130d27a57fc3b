import { execFile } from 'node:child_process'
import { mkdtemp, readFile, symlink, writeFile, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { built } from '../support/built.ts'

it('the example of docs/library.md runs as it stands', async () => {
  const page = await readFile(join(import.meta.dirname, '../../docs/library.md'), 'utf8')
  const [, example = ''] = /```ts\n([\s\S]*?)```/.exec(page) ?? []
  const folder = await mkdtemp(join(tmpdir(), 'privlink-example-'))
  // As an installed package: the example sees no more of it than `exports` opens.
  const installed = dirname(dirname(await built('lib.js')))
  await mkdir(join(folder, 'node_modules'))
  await symlink(installed, join(folder, 'node_modules', 'privlink'))
  await writeFile(join(folder, 'example.mjs'), example)
  const { stdout } = await promisify(execFile)(process.execPath, ['example.mjs'], { cwd: folder, env: {} })
  const lines = stdout.trim().split('\n')
  expect(lines).toContain('+ warehouse/api')
  expect(lines).toContain('warehouse/link is ready')
  expect(lines.slice(-3)).toEqual([
    expect.stringMatching(/^\d+ checks, all proved: true$/),
    expect.stringMatching(/^the API answers at https:\/\/[a-z0-9]+\.execute-api\.us-east-1\.amazonaws\.com\/live$/),
    expect.stringMatching(/^\d+ things removed$/),
  ])
})
