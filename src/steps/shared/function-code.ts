import { createHash } from 'node:crypto'
import { strToU8, zipSync } from 'fflate'

/** The request that the function is to make: a path begins with a slash and has no stage. */
export interface FunctionRequest {
  method: string
  path: string
}

/** Names of the function's environment variables. */
export const functionVariables = { host: 'API_HOST', stage: 'API_STAGE', authorization: 'API_AUTHORIZATION' } as const

/** The handler, and how long it waits for an answer, ms: less than the function's own timeout. */
export const functionHandler = 'index.handler'
const patience = 10_000

/**
 * The function's code: one HTTPS request to the private API, answered with what came back or with where it ended. It
 * resolves the name itself first, so that it can say which address that led to. A signature is SigV4 ("Create a signed
 * AWS API request", IAM user guide) by the role's session, made with node:crypto so that nothing has to be packed.
 */
const source = `import { createHash, createHmac } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import https from 'node:https'

const { API_HOST, API_STAGE, API_AUTHORIZATION, AWS_REGION } = process.env
const sha256 = (text) => createHash('sha256').update(text).digest('hex')
const hmac = (key, text) => createHmac('sha256', key).update(text).digest()

/** Headers of a request without a body and a query string. */
function signed(method, path) {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env
  const time = new Date().toISOString().replace(/[:-]|\\.\\d{3}/g, '')
  const day = time.slice(0, 8)
  const headers = { host: API_HOST, 'x-amz-date': time, 'x-amz-security-token': AWS_SESSION_TOKEN }
  const names = Object.keys(headers).join(';')
  const lines = Object.entries(headers).map(([name, value]) => name + ':' + value + '\\n')
  const encoded = path.split('/').map((part) => encodeURIComponent(part)).join('/')
  const canonical = [method, encoded, '', lines.join(''), names, sha256('')].join('\\n')
  const scope = [day, AWS_REGION, 'execute-api', 'aws4_request']
  const key = scope.reduce((made, part) => hmac(made, part), 'AWS4' + AWS_SECRET_ACCESS_KEY)
  const text = ['AWS4-HMAC-SHA256', time, scope.join('/'), sha256(canonical)].join('\\n')
  const signature = hmac(key, text).toString('hex')
  const credential = AWS_ACCESS_KEY_ID + '/' + scope.join('/')
  const authorization =
    'AWS4-HMAC-SHA256 Credential=' + credential + ', SignedHeaders=' + names + ', Signature=' + signature
  return { ...headers, authorization }
}

const call = (method, path, headers) =>
  new Promise((resolve, reject) => {
    const request = https.request({ host: API_HOST, method, path, headers, timeout: ${patience} }, (response) => {
      const chunks = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const body = Buffer.concat(chunks).toString('utf8')
        resolve({ status: response.statusCode, headers: response.headers, body })
      })
    })
    request.on('timeout', () => request.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })))
    request.on('error', reject)
    request.end()
  })

export async function handler({ method = 'GET', path = '/' }) {
  const started = performance.now()
  const whole = '/' + API_STAGE + path
  let address
  try {
    address = (await lookup(API_HOST, { family: 4 })).address
    // Told even if the function does not live to answer.
    console.log('resolved to ' + address)
    const headers = API_AUTHORIZATION === 'iam' ? signed(method, whole) : { host: API_HOST }
    const answer = await call(method, whole, headers)
    return { reached: true, address, ms: performance.now() - started, ...answer }
  } catch (error) {
    return { reached: false, address, code: error.code ?? error.name, message: error.message }
  }
}
`

/** The code's files by their paths. */
export const functionFiles: Readonly<Record<string, string>> = { 'index.mjs': source }

/** The deployment package: the same bytes wherever it is made, so that its digest tells whether a function has it. */
export function functionPackage(): { zip: Uint8Array; sha256: string } {
  // A zip file's times are local ones: this is the first that they can tell, wherever.
  const mtime = new Date(1980, 0, 1)
  const files = Object.entries(functionFiles).map(([path, text]) => [path, strToU8(text)] as const)
  const zip = zipSync(Object.fromEntries(files), { mtime, os: 3, attrs: 0o644 << 16 })
  return { zip, sha256: createHash('sha256').update(zip).digest('base64') }
}
