import { describe, expect, it } from 'vitest'
import { certificateDates } from '../../src/steps/certificate-dates.ts'
import { scriptedAccount, sight } from './scripted-account.ts'

const day = 86_400_000
const inDays = (days: number): string => new Date(Date.now() + days * day).toISOString()
const authority = { what: 'tls.clientCa (CN=ca)', file: 'tls/ca.pem', from: inDays(-400), at: inDays(400) }
const list = { what: 'tls.crl', file: 'tls/ca.crl', at: inDays(20) }

const find = async (...expiries: { what: string; file: string; from?: string; at: string }[]) =>
  certificateDates.read(sight(scriptedAccount().aws, { expiries }))

describe('dates of certificates and lists', () => {
  it('are good between their beginning and their end', async () => {
    expect(await find(authority)).toEqual({ state: 'ready', owner: 'other', facts: { expiries: [authority] } })
  })

  it('are warned of from 30 days before the end', async () => {
    const message = `tls.crl ends on ${list.at.slice(0, 10)}`
    expect(await find(authority, list)).toMatchObject({ state: 'ready', warning: { message } })
  })

  it.each([
    [
      'are over',
      { ...authority, at: inDays(-1) },
      'CertificateExpired',
      /^tls\.clientCa .* in tls\/ca\.pem expired on /,
    ],
    ['of a list are over', { ...list, at: inDays(-1) }, 'CertificateExpired', /^tls\.crl in tls\/ca\.crl expired on /],
    ['are to come', { ...authority, from: inDays(1) }, 'CertificateNotYetValid', /is not valid before /],
  ])('are refused where they %s', async (_, outdated, code, message) => {
    await expect(find(authority, outdated)).rejects.toMatchObject({
      code,
      exit: 2,
      message: expect.stringMatching(message),
    })
  })
})
