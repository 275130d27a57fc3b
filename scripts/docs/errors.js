import { fromSource } from '../from-source.js'

/** Every error code with its cause and what to do. */
export async function errorReference() {
  const { errorCodes } = await fromSource('src/error-codes.ts')
  return Object.entries(errorCodes)
    .map(([code, { cause, action }]) => `### ${code}\n\n${cause}\n\n**What to do.** ${action}\n`)
    .join('\n')
}
