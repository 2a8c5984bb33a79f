import { describe, expect, it } from 'vitest'
import { parseServiceAddress } from './service-address.ts'
import { UsageError } from './usage-error.ts'

describe('parseServiceAddress()', () => {
  it('is this machine when nothing is named', () => {
    expect(parseServiceAddress({})).toEqual({ url: 'http://localhost:8080' })
  })

  it.each([
    ['http://example.org', 'http://example.org'],
    ['https://example.org/', 'https://example.org'],
    ['http://example.org/images/', 'http://example.org/images'],
    ['http://example.org/image', 'http://example.org'],
  ])('takes %s', (text, url) => {
    expect(parseServiceAddress({ url: text })).toEqual({ url })
  })

  it.each([
    '',
    'localhost:8080',
    'ftp://example.org',
    'http://',
    'http://user:secret@example.org',
    'http://user@example.org',
    'http://example.org?a=b',
    'http://example.org#a',
  ])('refuses %o', (url) => {
    expect(() => parseServiceAddress({ url })).toThrow(UsageError)
  })

  it.each(['api.image-preprocessing.example.com', 'localhost:8080', 'A'])(
    'takes the host %s',
    (host) => {
      expect(parseServiceAddress({ host })).toMatchObject({ host })
    },
  )

  it.each(['', 'http://example.org', 'a b', 'a\r\nX-Evil: 1', '.example.org', 'a:port'])(
    'refuses the host %o',
    (host) => {
      expect(() => parseServiceAddress({ host })).toThrow('Option host is ')
    },
  )
})
