import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { createClientAddress, parseTrustedProxies } from './client-address.ts'

/** Who the client is of a request from an address, with what it says of who came before. */
function clientOf(trusted: string, remoteAddress: string | undefined, forwardedFor?: string) {
  const headers = forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor }
  const proxies = parseTrustedProxies(trusted)
  if (proxies === undefined) throw new Error(trusted)
  return createClientAddress(proxies)({ socket: { remoteAddress }, headers } as IncomingMessage)
}

describe('createClientAddress()', () => {
  it('believes nobody where no proxy is trusted', () => {
    expect(clientOf('0', '192.0.2.1', '198.51.100.7')).toBe('192.0.2.1')
  })

  it.each([
    ['1', '198.51.100.7', '198.51.100.7'],
    ['1', 'forged, 198.51.100.7', '198.51.100.7'],
    ['2', '198.51.100.7, 10.0.0.1', '198.51.100.7'],
    ['2', '203.0.113.1, 198.51.100.7, 10.0.0.1', '198.51.100.7'],
    // Fewer than there should be: the first that there is.
    ['3', '198.51.100.7', '198.51.100.7'],
    ['2', '', '127.0.0.1'],
  ])('takes the word of %s proxies: %s', (trusted, forwardedFor, client) => {
    expect(clientOf(trusted, '127.0.0.1', forwardedFor)).toBe(client)
  })

  it.each([
    ['198.51.100.7', '198.51.100.7'],
    ['203.0.113.1, 198.51.100.7, 10.1.2.3', '198.51.100.7'],
    // A client that says it is a proxy, behind itself.
    ['203.0.113.1, 10.9.9.9, 198.51.100.7, 10.1.2.3', '198.51.100.7'],
    ['10.0.0.9, 10.1.2.3', '10.0.0.9'],
    ['unknown, 10.1.2.3', '10.1.2.3'],
    ['198.51.100.7:51234, 10.1.2.3', '198.51.100.7'],
    ['[2001:db8:1:2::7]:51234, 10.1.2.3', '2001:db8:1:2::/64'],
    ['::ffff:198.51.100.7', '198.51.100.7'],
    ['0x7f.1', '127.0.0.1'],
  ])('takes the word of the proxies in these networks: %s', (forwardedFor, client) => {
    expect(clientOf('127.0.0.1, 10.0.0.0/8', '127.0.0.1', forwardedFor)).toBe(client)
  })

  it('does not believe who comes from another network', () => {
    expect(clientOf('10.0.0.0/8', '192.0.2.1', '198.51.100.7')).toBe('192.0.2.1')
  })

  it('takes all addresses of an IPv6 network of 64 bits for one client', () => {
    for (const address of ['2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff']) {
      expect(clientOf('0', address)).toBe('2001:db8:1:2::/64')
    }
    expect(clientOf('0', '2001:db8:1:3::1')).toBe('2001:db8:1:3::/64')
    expect(clientOf('0', '::ffff:192.0.2.1')).toBe('192.0.2.1')
  })

  it('has one name for all that have gone before they were asked', () => {
    expect(clientOf('1', undefined, '198.51.100.7')).toBe('unknown')
  })
})

describe('parseTrustedProxies()', () => {
  it.each([
    ['0', 0],
    ['16', 16],
  ])('takes %s as a number', (text, number) => {
    expect(parseTrustedProxies(text)).toBe(number)
  })

  it.each([
    ['10.0.0.0/8', ['10.0.0.0/8']],
    ['127.0.0.1, ::1, fd00::/8', ['127.0.0.1/32', '::1/128', 'fd00::/8']],
  ])('takes %s as networks', (text, networks) => {
    const parsed = parseTrustedProxies(text) as [object, number][]
    expect(parsed.map(([network, bits]) => `${network}/${bits}`)).toEqual(networks)
  })

  it.each(['17', '-1', '1.5', 'loopback', '10.0.0.0/33', '10.0.0.0/', '10.0.0/8', '10.0.0.1/8/8'])(
    'refuses %s',
    (text) => {
      expect(parseTrustedProxies(text)).toBeUndefined()
    },
  )
})
