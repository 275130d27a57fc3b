import { X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import https from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tls from 'node:tls'
import { expect, it } from 'vitest'

import { certificates } from '../src/network/tls.ts'

/** Asks a server with the sandbox's certificate for a page by a name, trusting nothing but the sandbox's authority. */
async function statusBy(servername: string): Promise<number | string> {
  const { ca, key, cert } = await certificates()
  const server = https.createServer({ key, cert }, (_, response) => response.writeHead(204).end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  try {
    return await new Promise((resolve) => {
      const check = (_: string, certificate: tls.PeerCertificate) => tls.checkServerIdentity(servername, certificate)
      https
        .get({ host: '127.0.0.1', port, ca, agent: false, checkServerIdentity: check }, (response) => {
          response.resume()
          resolve(response.statusCode ?? 0)
        })
        .once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    })
  } finally {
    server.close()
  }
}

it.each([
  'localhost',
  '127.0.0.1',
  'abc123.execute-api.us-east-1.amazonaws.com',
  'abc123-vpce-0123.execute-api.eu-central-1.amazonaws.com',
  'vpce-0123-abcd.execute-api.us-east-1.vpce.amazonaws.com',
])('is trusted as %s by whoever trusts the sandbox', async (name) => {
  expect(await statusBy(name)).toBe(204)
})

it('is not trusted as anybody else', async () => {
  expect(await statusBy('example.com')).toBe('ERR_TLS_CERT_ALTNAME_INVALID')
})

it('is valid now, by an authority that is one', async () => {
  const { ca, cert } = await certificates()
  const [authority, server] = [new X509Certificate(ca), new X509Certificate(cert)]
  expect(authority.ca).toBe(true)
  expect(server.ca).toBe(false)
  expect(server.verify(authority.publicKey)).toBe(true)
  expect(Date.parse(server.validFrom)).toBeLessThan(Date.now())
  expect(Date.parse(server.validTo)).toBeGreaterThan(Date.now() + 30 * 86_400_000)
})

it('is kept in the folder of the sandbox, and made anew when it is damaged', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'privlink-tls-'))
  try {
    const first = await certificates(folder)
    expect(await readFile(join(folder, 'ca.pem'), 'utf8')).toBe(first.ca)
    expect(await certificates(folder)).toEqual(first)
    // The same folder by another name is read from disk, not from memory.
    expect(await certificates(`${folder}/`)).toEqual(first)
    await writeFile(join(folder, 'cert.pem'), 'not a certificate')
    expect((await certificates(`${folder}//`)).ca).not.toBe(first.ca)
  } finally {
    await rm(folder, { recursive: true })
  }
})
