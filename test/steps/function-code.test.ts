import { unzipSync } from 'fflate'
import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { functionFiles, functionPackage } from '../../src/steps/shared/function-code.ts'

it('the package holds the code, and is the same bytes in every time zone', () => {
  const { zip, sha256 } = functionPackage()
  const files = Object.entries(unzipSync(zip)).map(([path, bytes]) => [path, Buffer.from(bytes).toString('utf8')])
  expect(Object.fromEntries(files)).toEqual(functionFiles)
  const zone = process.env['TZ']
  try {
    process.env['TZ'] = 'Pacific/Kiritimati'
    expect(functionPackage().sha256).toBe(sha256)
    process.env['TZ'] = 'Pacific/Pago_Pago'
    expect(functionPackage().sha256).toBe(sha256)
  } finally {
    if (zone === undefined) delete process.env['TZ']
    else process.env['TZ'] = zone
  }
})

it('the code is a module that Node.js can read', () => {
  execFileSync(process.execPath, ['--check', '--input-type=module', '-'], { input: functionFiles['index.mjs'] ?? '' })
})
