// Refuses a release whose tag, packages and changelog do not say the same version.
import { readFile } from 'node:fs/promises'

const [tag = ''] = process.argv.slice(2)
const read = (file) => readFile(new URL(`../${file}`, import.meta.url), 'utf8')
const [root, sandbox] = await Promise.all(
  ['package.json', 'packages/sandbox/package.json'].map(async (file) => JSON.parse(await read(file))),
)
const wanted = tag.replace(/^v/, '')
const said = {
  'package.json': root.version,
  'packages/sandbox/package.json': sandbox.version,
  'peerDependencies of package.json': root.peerDependencies['privlink-sandbox'],
  'CHANGELOG.md': new RegExp(`^## \\[(${wanted.replaceAll('.', '\\.')})\\] - \\d{4}-\\d\\d-\\d\\d$`, 'm').exec(
    await read('CHANGELOG.md'),
  )?.[1],
}
for (const [place, version] of Object.entries(said)) {
  if (version === wanted) continue
  process.stderr.write(
    `${place} says ${version ?? 'no such version with a date'}, the tag ${tag}: give all of them one version\n`,
  )
  process.exitCode = 1
}
