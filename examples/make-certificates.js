// Writes certificates for a rehearsal of examples/mtls.yaml. FOR REHEARSALS ONLY: the authorities' keys are thrown away, so
// nothing can be renewed or revoked. For production, take certificates of your own authority.
//
//   node examples/make-certificates.js FOLDER NAME
//
// FOLDER then holds server.pem and server.key for NAME by server-ca.pem, and client.pem and client.key by client-ca.pem.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import selfsigned from 'selfsigned'

const [folder, name] = process.argv.slice(2)
if (folder === undefined || name === undefined) {
  process.stderr.write('usage: node make-certificates.js FOLDER NAME\n')
  process.exit(2)
}

const day = 86_400_000
const kind = {
  keyType: 'ec',
  algorithm: 'sha256',
  notBeforeDate: new Date(Date.now() - day),
  notAfterDate: new Date(Date.now() + 90 * day),
}
const named = (value) => [{ name: 'commonName', value }]

const authority = (value) =>
  selfsigned.generate(named(value), {
    ...kind,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  })

const issue = ({ private: key, cert }, value, ...extensions) =>
  selfsigned.generate(named(value), {
    ...kind,
    ca: { key, cert },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      ...extensions,
    ],
  })

const serverCa = await authority('rehearsal server authority')
const clientCa = await authority('rehearsal client authority')
const server = await issue(
  serverCa,
  name,
  { name: 'extKeyUsage', serverAuth: true },
  { name: 'subjectAltName', altNames: [{ type: 2, value: name }] },
)
const client = await issue(clientCa, 'rehearsal client', { name: 'extKeyUsage', clientAuth: true })

const files = {
  'server-ca.pem': serverCa.cert,
  'server.pem': server.cert,
  'server.key': server.private,
  'client-ca.pem': clientCa.cert,
  'client.pem': client.cert,
  'client.key': client.private,
}
await mkdir(folder, { recursive: true })
for (const [file, text] of Object.entries(files)) {
  await writeFile(join(folder, file), text, { mode: file.endsWith('.key') ? 0o600 : 0o644 })
}
process.stdout.write(`${folder} holds ${Object.keys(files).join(', ')}: for rehearsals only\n`)
