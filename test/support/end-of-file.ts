const endings: (() => unknown)[] = []

/**
 * Has something done when the test file that runs has ended: closed, or killed. Not `afterAll`, which a module of
 * test/support could only say for the first of the files that share it.
 */
export function atEndOfFile(act: () => unknown): void {
  endings.push(act)
}

/** Does what was asked for, the last first. */
export async function endFile(): Promise<void> {
  for (const act of endings.splice(0).toReversed()) await act()
}
