// Speaks TLS by the sandbox's own certificate, wherever the sandbox stands in for a server.
import type { Duplex } from 'node:stream'
import tls from 'node:tls'

import type { Network } from './network.ts'

/** The first byte of a TLS handshake (RFC 8446, 5.1). */
const handshake = 0x16

const contexts = new WeakMap<Network['certificate'], tls.SecureContext>()

function contextOf({ certificate }: Network): tls.SecureContext {
  const known = contexts.get(certificate) ?? tls.createSecureContext(certificate)
  contexts.set(certificate, known)
  return known
}

/** Speaks TLS as a server at the far side of a connection, by the sandbox's own certificate. */
export function secureServerSide(network: Network, stream: Duplex): tls.TLSSocket {
  const secure = new tls.TLSSocket(stream, { isServer: true, secureContext: contextOf(network) })
  // A client that breaks off, such as one that does not trust the certificate, is no fault of the sandbox.
  secure.on('error', () => secure.destroy())
  return secure
}

/** Lets a client on that speaks TLS; any other is told so, in HTTP. */
export function guardTls(stream: Duplex, onward: () => void): void {
  stream.on('error', () => stream.destroy())
  stream.once('readable', () => {
    const first: unknown = stream.read(1)
    if (!Buffer.isBuffer(first)) return void stream.destroy()
    stream.unshift(first)
    if (first[0] === handshake) onward()
    else stream.end(plainToTls)
  })
}

/** Servers that expect TLS commonly answer plain HTTP like this; assumed of those behind a load balancer. */
const said = 'Client sent an HTTP request to an HTTPS server.\n'
const plainToTls =
  'HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\n' +
  `content-length: ${said.length}\r\nconnection: close\r\n\r\n${said}`
