import { writeSync } from 'node:fs'
import type { Reporter, TestModule } from 'vitest/node'

/** Prints `N passed, N failed` as the very last line, for whoever reads a log by machine. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    let passed = 0
    // A file that could not be loaded, or an error between tests, is a failure without a test.
    let failed = unhandled.length
    for (const module of modules) {
      const states = [...module.children.allTests()].map((test) => test.result().state)
      passed += states.filter((state) => state === 'passed').length
      const broken = states.filter((state) => state === 'failed').length
      failed += broken === 0 && module.state() === 'failed' ? 1 : broken
    }
    // Other reporters print their summaries after this one has been called.
    process.once('exit', () => writeSync(1, `\n${passed} passed, ${failed} failed\n`))
  }
}
