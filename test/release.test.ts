import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

const root = resolve(import.meta.dirname, '..')
interface Job {
  permissions?: Record<string, string>
  uses?: string
  needs?: string | string[]
  strategy?: { matrix: { node: number[] } }
  steps?: { uses?: string; run?: string; with?: Record<string, unknown> }[]
}
interface Workflow {
  on: Record<string, unknown>
  permissions: Record<string, string>
  jobs: Record<string, Job>
}
const workflow = (name: string): Workflow => {
  const text = readFileSync(resolve(root, `.github/workflows/${name}.yml`), 'utf8')
  // The workflow is ours, and the assertions below look at every member that they use.
  return parse(text) as Workflow
}
const packageOf = (folder: string): { engines: { node: string }; version: string } =>
  JSON.parse(readFileSync(resolve(root, folder, 'package.json'), 'utf8')) as {
    engines: { node: string }
    version: string
  }

describe('the workflow of the gate', () => {
  const { jobs, permissions, on } = workflow('ci')

  it('runs .ci/run on every supported version of Node, with no more than the right to read', () => {
    expect(permissions).toEqual({ contents: 'read' })
    expect(jobs['gate']?.strategy?.matrix.node).toEqual([20, 22, 24])
    expect(packageOf('.').engines.node).toBe('>=20.19')
    expect(jobs['gate']?.steps?.map(({ run }) => run)).toContain('bash .ci/run')
    expect(Object.keys(on)).toContain('pull_request')
  })
})

describe('the workflow of a release', () => {
  const { jobs, permissions, on } = workflow('release')

  it('begins with a tag, and publishes only what the gate let pass', () => {
    expect(on).toEqual({ push: { tags: ['v*'] } })
    expect(jobs['gate']?.uses).toBe('./.github/workflows/ci.yml')
    expect(jobs['publish']?.needs).toEqual(['gate', 'pack'])
  })

  it('gives each job the permissions that it needs, and publishes by OIDC with provenance', () => {
    expect(permissions).toEqual({})
    expect(Object.fromEntries(Object.entries(jobs).map(([name, job]) => [name, job.permissions]))).toEqual({
      gate: { contents: 'read' },
      pack: { contents: 'read' },
      publish: { contents: 'read', 'id-token': 'write' },
      notes: { contents: 'write' },
    })
    const runs = jobs['publish']?.steps?.flatMap(({ run = '' }) => run).join('\n')
    expect(runs).toContain('npm publish "$tarball" --provenance --access public')
    expect(JSON.stringify(jobs['publish'])).not.toMatch(/cache|NODE_AUTH_TOKEN|secrets\./)
  })

  it('publishes the sandbox before the package that names it', () => {
    const [run = ''] = jobs['publish']?.steps?.flatMap(({ run: one }) => one ?? []) ?? []
    const names = execFileSync(
      'npm',
      ['pack', '--workspaces', '--include-workspace-root', '--dry-run', '--json', '--ignore-scripts'],
      {
        cwd: root,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    )
    const packed = (JSON.parse(names) as { filename: string }[]).map(({ filename }) => filename).toSorted()
    const { version } = packageOf('.')
    expect(packed).toEqual([`privlink-${version}.tgz`, `privlink-sandbox-${version}.tgz`])
    expect(run.indexOf('privlink-sandbox-*.tgz')).toBeLessThan(run.indexOf('privlink-[0-9]*.tgz'))
  })

  it('is refused where tag, packages and changelog do not say the same version', () => {
    const { status, stderr } = spawnSync(process.execPath, ['scripts/release-version.js', 'v9.9.9'], {
      cwd: root,
      encoding: 'utf8',
    })
    expect(status).toBe(1)
    for (const place of ['package.json', 'packages/sandbox/package.json', 'CHANGELOG.md'])
      expect(stderr).toContain(place)
  })
})
