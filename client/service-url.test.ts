import { describe, expect, it } from 'vitest'
import { parseServiceUrl } from './service-url.ts'
import { UsageError } from './usage-error.ts'

describe('parseServiceUrl()', () => {
  it('is this machine when nothing is named', () => {
    expect(parseServiceUrl()).toBe('http://localhost:8080')
  })

  it.each([
    ['http://example.org', 'http://example.org'],
    ['https://example.org/', 'https://example.org'],
    ['http://example.org/images/', 'http://example.org/images'],
    ['http://example.org/image', 'http://example.org'],
  ])('takes %s', (text, url) => {
    expect(parseServiceUrl(text)).toBe(url)
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
  ])('refuses %o', (text) => {
    expect(() => parseServiceUrl(text)).toThrow(UsageError)
  })
})
