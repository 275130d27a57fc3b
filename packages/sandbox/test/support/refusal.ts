/** The wire code of the error that a call ends in. */
export const codeOf = (call: Promise<unknown>): Promise<string> => endOf(call, ({ name }) => name)

/** The message of the error that a call ends in. */
export const complaintOf = (call: Promise<unknown>): Promise<string> => endOf(call, ({ message }) => message)

const endOf = (call: Promise<unknown>, told: (error: Error) => string): Promise<string> =>
  call.then(
    () => 'no error',
    (thrown: unknown) => (thrown instanceof Error ? told(thrown) : String(thrown)),
  )
