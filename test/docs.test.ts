import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { parse } from 'yaml'
import { main } from '../src/cli.ts'
import { configSchema } from '../src/flows/config-schema.ts'
import { capture } from './support/capture.ts'

// The program parses what the documents tell people to type; what it would then do is tested elsewhere.
const { done } = vi.hoisted(() => ({ done: () => Promise.resolve(0) }))
vi.mock('../src/commands/setup.ts', () => ({ setup: done }))
vi.mock('../src/commands/plan.ts', () => ({ plan: done }))
vi.mock('../src/commands/verify.ts', () => ({ verify: done }))
vi.mock('../src/commands/teardown.ts', () => ({ teardown: done }))
vi.mock('../src/commands/permissions.ts', () => ({ permissions: done }))
vi.mock('../src/commands/status.ts', () => ({ status: done }))
vi.mock('../src/commands/sandbox.ts', () => ({ sandbox: done }))
vi.mock('../src/commands/unlock.ts', () => ({ unlock: done }))
// Other files may come after this one in the same worker.
afterAll(() => {
  for (const command of ['setup', 'plan', 'verify', 'teardown', 'permissions', 'status', 'sandbox', 'unlock']) {
    vi.doUnmock(`../src/commands/${command}.ts`)
  }
})

const root = resolve(import.meta.dirname, '..')
const textOf = (file: string): string => readFileSync(join(root, file), 'utf8')
const documents = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'packages/sandbox/README.md',
  ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`),
]

interface Fence {
  file: string
  language: string
  text: string
}
const fence = /^```(\w*)\n(.*?)^```$/gms
const fencesOf = (file: string): Fence[] =>
  [...textOf(file).matchAll(fence)].map(([, language = '', text = '']) => ({ file, language, text }))
const fences = documents.flatMap(fencesOf)
const proseOf = (file: string): string => textOf(file).replaceAll(fence, '')

/** GitHub's anchor of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')

const anchorsIn = (file: string): string[] =>
  [...proseOf(file).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading))

/** Where the links of a document lead that stay within the project. */
const internalLinksIn = (file: string): string[] =>
  [...proseOf(file).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^https?:/.test(target))

describe('links', () => {
  const internal = documents.flatMap((file) => internalLinksIn(file).map((target) => ({ file, target })))

  it('within the project lead to a file, and to a heading of it', () => {
    expect(internal.length).toBeGreaterThan(10)
    const dead = internal.filter(({ file, target }) => {
      const [path = '', anchor] = target.split('#')
      const goal = path === '' ? file : join(dirname(file), path)
      return !existsSync(join(root, goal)) || (anchor !== undefined && !anchorsIn(goal).includes(anchor))
    })
    expect(dead).toEqual([])
  })
})

describe('commands', () => {
  const command = /^(?:\$ |- run: |run: )?(?:\w+=\S+ )*(?:npx )?privlink( .*)?$/
  /** Up to a comment, a pipe or a redirection. */
  const argumentsOf = (text: string): string[] =>
    (/^(?:'[^']*'|[^#|>&])*/.exec(text)?.[0] ?? '')
      .trim()
      .split(/\s+/)
      .filter((word) => word !== '')
  const typed = documents.flatMap((file) => {
    const inline = [...proseOf(file).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code)
    const lines = fencesOf(file).flatMap(({ text }) => text.split('\n'))
    return [...inline, ...lines].flatMap((text) => {
      const rest = command.exec(text.trim())
      return rest === null ? [] : [{ file, argv: argumentsOf(rest[1] ?? '') }]
    })
  })
  const commands = typed.filter(({ argv }) => argv.length > 0)

  it('are found in the documents, every one of the program among them', () => {
    const names = new Set(commands.map(({ argv: [name] }) => name))
    expect([...names].sort()).toEqual([
      'permissions',
      'plan',
      'sandbox',
      'setup',
      'status',
      'teardown',
      'unlock',
      'verify',
    ])
  })

  it.each(commands)('$file: privlink $argv', async ({ argv }) => {
    const [stdout, stderr] = [capture(), capture()]
    const { signal } = new AbortController()
    const streams = { stdin: process.stdin, stdout: stdout.stream, stderr: stderr.stream }
    const exit = await main(argv, { ...streams, environment: {}, signal })
    expect({ exit, said: stderr.text() }).toEqual({ exit: 0, said: '' })
  })

  it('of the quick start are exactly two', () => {
    const [, quickStart = ''] = textOf('README.md').split('## Quick start\n')
    const [section = ''] = quickStart.split('\n## ')
    const shell = [...section.matchAll(fence)].filter(([, language]) => language === 'sh').map(([, , text]) => text)
    expect(shell).toEqual(['npm ci && npm run demo\n', 'npm ci && npm test\n'])
  })
})

describe('snippets of the config', () => {
  type Part = Record<string, unknown>
  // YAML: whatever it is, its members are read as unknown.
  const partOf = (value: unknown): Part => Object(value) as Part
  const example = partOf(parse(textOf('examples/config.yaml')))
  const byName = ['accounts', 'networks', 'integrations']

  /** A snippet shows a part: the rest is the example's, and of an entry of the same name, its other keys. */
  const completed = (snippet: Part): Part => ({
    ...example,
    ...snippet,
    ...Object.fromEntries(
      byName.map((kind) => {
        const [base, parts] = [partOf(example[kind]), partOf(snippet[kind])]
        const joined = Object.entries(parts).map(([name, entry]) => [
          name,
          partOf(entry)['flow'] === undefined ? { ...partOf(base[name]), ...partOf(entry) } : entry,
        ])
        return [kind, { ...base, ...Object.fromEntries(joined) }]
      }),
    ),
  })
  const yaml = fences.filter(({ language }) => language === 'yaml')
  const snippets = yaml.filter(({ text }) => !text.includes('\njobs:\n'))

  it.each(snippets)('$file: $text', ({ text }) => {
    expect(configSchema.safeParse(completed(partOf(parse(text)))).error?.issues ?? []).toEqual([])
  })

  it('are there, and so is a pipeline that is YAML', () => {
    expect(snippets.length).toBeGreaterThan(3)
    const pipelines = yaml.filter((one) => !snippets.includes(one))
    expect(pipelines.map(({ text }) => Object.keys(partOf(partOf(parse(text))['jobs'])))).toEqual([['plan', 'setup']])
  })
})

describe('the package', () => {
  it('holds what is needed and no more', () => {
    const told = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const [pack] = JSON.parse(told) as { files: { path: string }[] }[]
    const paths = (pack?.files ?? []).map(({ path }) => path)
    const docs = readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)
    // What is in dist depends on whether it has been built.
    expect(paths.filter((path) => !path.startsWith('dist/')).sort()).toEqual(
      [
        'CHANGELOG.md',
        'LICENSE',
        'README.md',
        ...docs,
        'etc/privlink.api.md',
        'examples/all-flows.yaml',
        'examples/config.yaml',
        'examples/front-door.yaml',
        'examples/lambda.yaml',
        'examples/make-certificates.js',
        'examples/mtls.yaml',
        'package.json',
        'schema/config.json',
        'schema/events.json',
        'schema/ledger.json',
      ].sort(),
    )
    // Links out of the package would be dead once it is installed.
    const dead = paths
      .filter((path) => path.endsWith('.md') && !path.startsWith('etc/'))
      .flatMap((path) =>
        internalLinksIn(path)
          .map((target) => join(dirname(path), target.split('#')[0] ?? ''))
          .filter((goal) => goal !== dirname(path) && !paths.includes(goal))
          .map((goal) => `${path} -> ${goal}`),
      )
    expect(dead).toEqual([])
    // Hints send people to docs that they have.
    const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    const texts = sources.filter((name) => name.endsWith('.ts')).map((name) => textOf(`src/${name}`))
    const named = texts.flatMap((text) => text.match(/\bdocs\/[a-z-]+\.md/g) ?? [])
    expect(named.filter((name) => !paths.includes(name))).toEqual([])
    const bundled = paths.filter((path) => path.startsWith('dist/') && !path.endsWith('.js'))
    expect(bundled.filter((path) => !['dist/lib.d.ts', 'dist/THIRD-PARTY-LICENSES.txt'].includes(path))).toEqual([])
  })
})
