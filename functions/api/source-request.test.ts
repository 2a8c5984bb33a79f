import { describe, expect, it } from 'vitest'
import { parseSourceRequest } from './source-request.ts'

const SHA256 = '0123456789abcdef'.repeat(4)

describe('parseSourceRequest()', () => {
  it('takes the digest of a source', () => {
    expect(parseSourceRequest(`{"sha256": "${SHA256}"}`)).toEqual({ sha256: SHA256 })
  })

  it('takes the URL of a source', () => {
    expect(parseSourceRequest('{"url": "https://example.org./a.jpg?b=c#d"}')).toEqual({
      url: new URL('https://example.org/a.jpg?b=c'),
    })
  })

  it.each(['', '{', 'null', '[]', `"${SHA256}"`, `["${SHA256}"]`, '\xff\xd8\xff'])(
    'refuses %j, which is no JSON object',
    (text) => {
      expect(() => parseSourceRequest(text)).toThrow(/^invalid_request: .* is no JSON object; send/)
    },
  )

  it('refuses an empty object', () => {
    expect(() => parseSourceRequest('{}')).toThrow('invalid_request: The body names no source')
  })

  it.each([
    { sha256: 7 },
    { sha256: null },
    { sha256: [SHA256] },
    { sha256: SHA256.slice(1) },
    { sha256: `${SHA256}\n` },
    { sha256: SHA256.toUpperCase() },
  ])('refuses %j, which has no digest', (members) => {
    expect(() => parseSourceRequest(JSON.stringify(members))).toThrow(
      /^invalid_request: The member "sha256" must hold 64 lower-case hex digits/,
    )
  })

  it.each([{ url: 7 }, { url: null }, { url: ['https://example.org/a.jpg'] }, { url: {} }])(
    'refuses %j, whose url is no text',
    (members) => {
      expect(() => parseSourceRequest(JSON.stringify(members))).toThrow(
        'invalid_request: The member "url" holds no text; send all of the URL.',
      )
    },
  )

  it.each(['', 'a.jpg', '/a.jpg', '//example.org/a.jpg', 'https://', 'http://[::1', '?a=b'])(
    'refuses %j, which is relative or no URL',
    (url) => {
      expect(() => parseSourceRequest(JSON.stringify({ url }))).toThrow(
        'invalid_request: The url is not one; send all of it, such as https://example.org/photo.jpg.',
      )
    },
  )

  it('refuses both a url and a digest', () => {
    const both = { url: 'https://example.org/a.jpg', sha256: SHA256 }
    expect(() => parseSourceRequest(JSON.stringify(both))).toThrow(
      'invalid_request: Both "url" and "sha256" are there; send the one that is meant.',
    )
  })

  it.each(['format', '__proto__', 'SHA256', 'URL', 'headers'])('refuses the member %s', (name) => {
    const others = `"url": "https://example.org/a.jpg", "${name}": "x"`
    expect(() => parseSourceRequest(`{${others}}`)).toThrow(
      `invalid_request: The member "${name}" is not known; send {"url": "https://…"}, or {"sha256"`,
    )
  })

  it('does not say all of a long member back', () => {
    const refuse = () => parseSourceRequest(`{"${'x'.repeat(5000)}": 1}`)
    expect(refuse).toThrow(`"${'x'.repeat(64)}" is not known`)
  })
})
