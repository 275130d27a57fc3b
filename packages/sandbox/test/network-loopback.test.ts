import dgram from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import { getEventListeners } from 'node:events'
import net from 'node:net'
import { text } from 'node:stream/consumers'
import tls from 'node:tls'
import { beforeEach, describe, expect, it } from 'vitest'

import { readQuestion, writeReply } from '../src/network/dns-message.ts'
import { type Loopback, openLoopback } from '../src/network/loopback.ts'
import type { Source } from '../src/network/network.ts'
import { rehearse, type Rehearsal } from '../../../test/support/sandbox.ts'

const place = { account: '111122223333', region: 'us-east-1' }
const api = 'a1b2c3d4e5.execute-api.us-east-1.amazonaws.com'
const seed = {
  vpcs: [
    {
      ...place,
      vpcId: 'vpc-shop',
      cidr: '10.2.0.0/16',
      subnets: [
        { subnetId: 'subnet-a', cidr: '10.2.1.0/24', zoneId: 'use1-az1' },
        { subnetId: 'subnet-b', cidr: '10.2.2.0/24', zoneId: 'use1-az2' },
      ],
    },
  ],
  endpoints: [
    {
      ...place,
      endpointId: 'vpce-0a',
      vpcId: 'vpc-shop',
      subnetIds: ['subnet-a', 'subnet-b'],
      serviceName: 'com.amazonaws.us-east-1.execute-api',
      privateDns: true,
    },
  ],
  names: { 'moving.internal': ['10.2.1.60'], 'silent.internal': ['10.2.1.99'], 'shut.internal': ['10.2.1.61'] },
  hosts: [{ vpcId: 'vpc-shop', ip: '10.2.1.61', port: 80 }],
}
const source: Source = { ip: '10.2.1.77', groupIds: [], vpcId: 'vpc-shop', subnetId: 'subnet-a' }

let rehearsal: Rehearsal
let loopback: Loopback
let dns: Resolver
beforeEach(async () => {
  rehearsal = await rehearse({ seed })
  loopback = await openLoopback(rehearsal.sandbox.network, source, 443)
  dns = new Resolver({ timeout: 60_000, tries: 1 })
  dns.setServers([`127.0.0.1:${loopback.dnsPort}`])
})

const connect = async (name: string) => {
  const [host = ''] = await dns.resolve4(name)
  return net.connect({ host, port: loopback.port })
}

describe('the network on loopback', () => {
  it('has an address for every address of a name, always the same', async () => {
    const addresses = await dns.resolve4(api)
    expect(addresses).toHaveLength(2)
    expect(new Set(addresses).size).toBe(2)
    expect(addresses.every((address) => address.startsWith('127.'))).toBe(true)
    expect(await dns.resolve4(api.toUpperCase())).toEqual(addresses)
  })

  it('leads whoever connects there to what is behind it in the network', async () => {
    const socket = await connect(api)
    const secure = tls.connect({ socket, servername: api, ca: rehearsal.sandbox.network.ca })
    secure.write(`GET /ping HTTP/1.1\r\nHost: ${api}\r\nConnection: close\r\n\r\n`)
    expect(await text(secure)).toMatch(/^HTTP\/1.1 200/)
  })

  it('follows a name that moves', async () => {
    const before = await dns.resolve4('moving.internal')
    rehearsal.sandbox.world.names['moving.internal'] = ['10.2.1.62']
    const after = await dns.resolve4('moving.internal')
    expect(after).toHaveLength(1)
    expect(after).not.toEqual(before)
  })

  it('resets connections to a port where nobody listens', async () => {
    await expect(text(await connect('shut.internal'))).rejects.toThrow(/ECONNRESET/)
  })

  it('lets connections hang that lead nowhere, for a minute', async () => {
    const started = rehearsal.clock.now()
    await rehearsal.clock.during(async () => text(await connect('silent.internal')))
    expect(rehearsal.clock.now()).toBe(started + 60_000)
  })

  it('says which names there are not, and that there are no addresses of IPv6', async () => {
    await expect(dns.resolve4('nowhere.example')).rejects.toMatchObject({ code: 'ENOTFOUND' })
    await expect(dns.resolve6(api)).rejects.toMatchObject({ code: 'ENODATA' })
  })

  it('does not answer what it does not understand, and goes on', async () => {
    const socket = dgram.createSocket('udp4')
    socket.send(Buffer.from('what?'), loopback.dnsPort, '127.0.0.1', () => socket.close())
    expect(await dns.resolve4('moving.internal')).toHaveLength(1)
  })

  it('closes with the sandbox', async () => {
    const socket = await connect('silent.internal')
    await new Promise((resolve) => socket.once('connect', resolve))
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.on('error', () => {})
    await rehearsal.sandbox.close()
    await closed
    await expect(dns.resolve4(api)).rejects.toThrow()
  })

  it('leaves nothing with the sandbox when it closes before, and closes at once where the sandbox has', async () => {
    const { network } = rehearsal.sandbox
    const listeners = () => (network.signal ? getEventListeners(network.signal, 'abort').length : undefined)
    const before = listeners()
    expect(before).toBeGreaterThan(0)
    await loopback.close()
    expect(listeners()).toBe((before ?? 0) - 1)
    await rehearsal.sandbox.close()
    const late = await openLoopback(network, source, 443)
    const socket = net.connect(late.port, '127.0.0.1')
    await expect(
      new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject)),
    ).rejects.toThrow('ECONNREFUSED')
  })
})

describe('a message of the DNS', () => {
  /** A question for `a.b`, with recursion desired. */
  const question = Buffer.from('1234010000010000000000000161016200000100 01'.replaceAll(' ', ''), 'hex')

  it('is read and answered byte by byte', () => {
    const read = readQuestion(question)
    expect(read).toMatchObject({ id: 0x1234, name: 'a.b', type: 1 })
    if (!read) return
    expect(writeReply(read, { addresses: ['127.64.0.1'] }).toString('hex')).toBe(
      '1234818000010001000000000161016200000100 01c00c00010001000000010004 7f400001'.replaceAll(' ', ''),
    )
    expect(writeReply(read, 'no-such-name').toString('hex')).toBe(
      '1234818300010000000000000161016200000100 01'.replaceAll(' ', ''),
    )
  })

  it.each([
    ['is too short', question.subarray(0, 11)],
    ['ends within a label', question.subarray(0, 13)],
    ['lacks its class', question.subarray(0, question.length - 2)],
    ['is an answer', Buffer.concat([Buffer.from('12348180', 'hex'), question.subarray(4)])],
    ['has two questions', Buffer.concat([Buffer.from('123401000002', 'hex'), question.subarray(6)])],
    ['is compressed', Buffer.concat([question.subarray(0, 12), Buffer.from('c00c00010001', 'hex')])],
  ])('is no question if it %s', (_, message) => {
    expect(readQuestion(message)).toBeUndefined()
  })
})
