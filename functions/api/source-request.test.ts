import { describe, expect, it } from 'vitest'
import { parseSourceRequest } from './source-request.ts'

const SHA256 = '0123456789abcdef'.repeat(4)

describe('parseSourceRequest()', () => {
  it('takes the digest of a source', () => {
    expect(parseSourceRequest(`{"sha256": "${SHA256}"}`)).toBe(SHA256)
  })

  it.each(['', '{', 'null', '[]', `"${SHA256}"`, `["${SHA256}"]`, '\xff\xd8\xff'])(
    'refuses %j, which is no JSON object',
    (text) => {
      expect(() => parseSourceRequest(text)).toThrow(/^invalid_request: .* is no JSON object; send/)
    },
  )

  it.each([
    {},
    { sha256: 7 },
    { sha256: null },
    { sha256: [SHA256] },
    { sha256: SHA256.slice(1) },
    { sha256: `${SHA256}\n` },
    { sha256: SHA256.toUpperCase() },
  ])('refuses %j, which has no digest', (members) => {
    expect(() => parseSourceRequest(JSON.stringify(members))).toThrow(
      /^invalid_request: The member "sha256" must be there and hold 64 lower-case hex digits/,
    )
  })

  it.each(['format', '__proto__', 'SHA256'])('refuses the member %s', (name) => {
    expect(() => parseSourceRequest(`{"sha256": "${SHA256}", "${name}": "x"}`)).toThrow(
      `invalid_request: The member "${name}" is not known; send {"sha256": "…"} alone.`,
    )
  })

  it('does not say all of a long member back', () => {
    const refuse = () => parseSourceRequest(`{"${'x'.repeat(5000)}": 1}`)
    expect(refuse).toThrow(`"${'x'.repeat(64)}" is not known`)
  })

  it.each([{ url: 'https://example.org/a.jpg' }, { url: 1, sha256: SHA256 }])(
    'refuses %j, as nothing is downloaded',
    (members) => {
      expect(() => parseSourceRequest(JSON.stringify(members))).toThrow(
        'invalid_request: This service does not download sources yet; send the bytes',
      )
    },
  )
})
