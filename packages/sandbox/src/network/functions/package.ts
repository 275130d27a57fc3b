// Unzips the deployment package of a function, and refuses what Lambda would.
import { unzipSync } from 'fflate'
import { invalidParameter } from '../../reads/function-refusals.ts'

/** A deployment package as a request may carry it, unzipped at most ("Lambda quotas"). */
const most = { zipped: 50 * 1024 * 1024, unzipped: 250 * 1024 * 1024 }

/**
 * The files of a deployment package.
 *
 * @throws AwsError InvalidParameterValueException for what is no zip file, is too large or leads out of its folder.
 */
export function readPackage(zip: Uint8Array): Record<string, Uint8Array> {
  if (zip.length > most.zipped) throw invalidParameter(`Zip file must be at most ${most.zipped} bytes`)
  let files: Record<string, Uint8Array>
  try {
    files = unzipSync(zip)
  } catch {
    throw invalidParameter('Could not unzip uploaded file. Please check your file, then try to upload again.')
  }
  const size = Object.values(files).reduce((sum, { length }) => sum + length, 0)
  if (size > most.unzipped) throw invalidParameter(`Unzipped size must be smaller than ${most.unzipped} bytes`)
  const stray = Object.keys(files).find((path) => path.startsWith('/') || path.split(/[\\/]/).includes('..'))
  if (stray !== undefined) throw invalidParameter(`The file ${stray} is outside the package`)
  return files
}
