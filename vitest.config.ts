import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * Terraform and whole processes wait, whatever the server does: these tests begin early, each beside one that works. First
 * among those that work are the longest, so that the end is not a wait for one of them.
 */
class WaitingBesideWorking extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const of = (names: RegExp) => sorted.filter(({ moduleId }) => names.test(moduleId))
    const waiting = of(/terraform|process|contract\/lambda/)
    const long = of(/e2e\/(crash|permissions-|trouble|front-door|mtls)|laws/)
    const rest = sorted.filter((file) => !waiting.includes(file) && !long.includes(file))
    const working = [...long, ...rest]
    const pairs = waiting.flatMap((file, index) => [file, ...working.slice(index, index + 1)])
    return [...pairs, ...working.slice(waiting.length)]
  }
}

export default defineConfig({
  // The sandbox is tested from its source, not from its build.
  resolve: { alias: { 'privlink-sandbox': fileURLToPath(new URL('packages/sandbox/src/index.ts', import.meta.url)) } },
  test: {
    include: ['test/**/*.test.ts', 'packages/*/test/**/*.test.ts'],
    globalSetup: ['test/support/temporary-folder.ts'],
    setupFiles: ['test/support/every-file.ts'],
    // Only what hangs fails: no test is about how fast the machine is.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 300_000 } },
    // The files that a worker runs share its modules: to load the SDK's clients anew for each took longer than the tests.
    isolate: false,
    // Two more than there are cores, for those that mostly wait.
    maxWorkers: availableParallelism() + 2,
    sequence: { sequencer: WaitingBesideWorking },
    reporters: ['default', './test/support/count-reporter.ts'],
  },
})
