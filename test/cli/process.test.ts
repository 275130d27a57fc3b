import { execFile, spawn } from 'node:child_process'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { built } from '../support/built.ts'

let main: string
let folder: string
beforeAll(async () => {
  main = await built()
  folder = await mkdtemp(join(tmpdir(), 'privlink-process-'))
  await writeFile(
    join(folder, 'hooks.mjs'),
    `import { appendFileSync } from 'node:fs'
     export async function resolve(specifier, context, next) {
       const resolved = await next(specifier, context)
       appendFileSync(process.env.LOADED, resolved.url + '\\n')
       return resolved
     }`,
  )
  const hooks = pathToFileURL(join(folder, 'hooks.mjs')).href
  await writeFile(join(folder, 'watch.mjs'), `import { register } from 'node:module'\nregister('${hooks}')\n`)
})

/** Runs the command in a process of its own; `loaded` are the sources in the files of the bundle that it took in. */
async function watched(name: string, argv: readonly string[]) {
  const list = join(folder, `${name}.txt`)
  const code = await new Promise<number | null>((resolve) => {
    const watch = pathToFileURL(join(folder, 'watch.mjs')).href
    const child = execFile(process.execPath, ['--import', watch, main, ...argv], {
      cwd: folder,
      env: { ...process.env, LOADED: list },
    })
    child.on('close', resolve)
  })
  const dist = dirname(main)
  const sources = JSON.parse(await readFile(join(dist, '../sources.json'), 'utf8')) as Record<string, string[]>
  const files = (await readFile(list, 'utf8')).split('\n').filter((url) => url.startsWith('file:'))
  return { code, loaded: files.flatMap((url) => sources[relative(dist, fileURLToPath(url))] ?? []) }
}

const isAws = (url: string): boolean => /\/(@aws-sdk|@smithy)\//.test(url)

test('help and version load no command, no YAML and no AWS client', async () => {
  for (const argv of [['--help'], ['--version'], ['setup', '--help']]) {
    const { code, loaded } = await watched(argv.join(''), argv)
    expect(code).toBe(0)
    expect(loaded.some((url) => url.includes('/commander/'))).toBe(true)
    expect(loaded.filter((url) => isAws(url) || /\/(yaml|zod|ora)\/|\/commands\/[a-z]+\.ts$/.test(url))).toEqual([])
  }
})

test('config errors load no AWS client', async () => {
  const config = join(folder, 'wrong.yaml')
  await writeFile(config, 'deployment: 7\n')
  const { code, loaded } = await watched('config', ['setup', '--config', config])
  expect(code).toBe(2)
  expect(loaded.some((url) => url.includes('/yaml/'))).toBe(true)
  expect(loaded.filter(isAws)).toEqual([])
})

test('sandbox says where it serves, serves, and stops on SIGTERM with exit 0', async () => {
  const child = spawn(process.execPath, [main, 'sandbox', '--state', join(folder, 'state.json')], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const line = await new Promise<string>((resolve) =>
    child.stdout.once('data', (data: Buffer) => resolve(data.toString())),
  )
  const url = /^AWS_ENDPOINT_URL=(http:\/\/127\.0\.0\.1:\d+)\n$/.exec(line)?.[1] ?? ''
  expect(await (await fetch(`${url}/_privlink/hello`)).json()).toMatchObject({ privlink: 'sandbox' })
  child.kill('SIGTERM')
  const code = await new Promise((resolve) => child.once('exit', resolve))
  expect(code).toBe(0)
})
