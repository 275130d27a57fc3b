// Rolls the declarations of both packages up into one file each, and reports the public API of privlink in etc/: a change of
// the surface is seen in review.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor'
import { root } from './bundle.js'

const declarations = join(root, '.build/types')

/** @returns whether the reports were up to date, or have been written. */
export function reportApi({ check }) {
  rmSync(declarations, { recursive: true, force: true })
  const tsc = join(root, 'node_modules/typescript/lib/tsc.js')
  execFileSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit' })
  importJavaScript()
  mkdirSync(join(root, 'etc'), { recursive: true })
  const packages = [
    { folder: root, entry: 'src/lib.d.ts', rollup: 'dist/lib.d.ts', report: 'privlink.api.md' },
    {
      folder: join(root, 'packages/sandbox'),
      entry: 'packages/sandbox/src/index.d.ts',
      rollup: 'dist/index.d.ts',
      report: 'privlink-sandbox.api.md',
    },
  ]
  return packages.map((one) => extract(one, check)).every((isRight) => isRight)
}

/** TypeScript leaves the names of source files in declarations (7.0), which the extractor cannot follow. */
function importJavaScript() {
  for (const name of readdirSync(declarations, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.d.ts')) continue
    const file = join(declarations, name)
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/(from |import\()(["']\.[^"']*)\.ts(["'])/g, '$1$2.js$3'))
  }
}

function extract({ folder, entry, rollup, report }, check) {
  const config = ExtractorConfig.prepare({
    configObject: {
      projectFolder: folder,
      mainEntryPointFilePath: join(declarations, entry),
      bundledPackages: [],
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            module: 'NodeNext',
            moduleResolution: 'NodeNext',
            target: 'ES2023',
            lib: ['ES2023'],
            types: ['node'],
            skipLibCheck: true,
            strict: true,
          },
          files: [join(declarations, entry)],
        },
      },
      dtsRollup: { enabled: true, untrimmedFilePath: join(folder, rollup) },
      apiReport: {
        enabled: true,
        reportFileName: report,
        reportFolder: join(root, 'etc'),
        reportTempFolder: join(declarations, 'reports'),
      },
      docModel: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        extractorMessageReporting: {
          default: { logLevel: 'error' },
          'ae-missing-release-tag': { logLevel: 'none' },
          'ae-undocumented': { logLevel: 'none' },
          'ae-forgotten-export': { logLevel: 'none' },
        },
        tsdocMessageReporting: { default: { logLevel: 'none' } },
        compilerMessageReporting: { default: { logLevel: 'error' } },
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(folder, 'package.json'),
  })
  const { succeeded, apiReportChanged } = Extractor.invoke(config, {
    localBuild: !check,
    messageCallback: (message) => {
      message.handled = true
      if (message.logLevel === 'error') process.stderr.write(`${message.formatMessageWithLocation(root)}\n`)
    },
  })
  if (check && apiReportChanged) {
    process.stderr.write(`etc/${report} is not what the code says: npm run build, and commit it\n`)
  }
  return succeeded && !(check && apiReportChanged)
}
