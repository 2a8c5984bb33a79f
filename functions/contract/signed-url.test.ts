import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { signQuery, urlSignature } from './signed-url.ts'

const KEY = 'a-key-for-signing-of-32-characters'

describe('signQuery()', () => {
  it('sorts what is asked for, and adds when it expires and the signature', () => {
    const query = 'url=https%3A%2F%2Fexample.org%2Fa.jpg%3Fb%3Dc&scale=64x64'
    const canonical = 'expires=1800000000&scale=64x64&url=https%3A%2F%2Fexample.org%2Fa.jpg%3Fb%3Dc'
    // As anything else may compute it: HMAC-SHA256 over two lines.
    const signature = createHmac('sha256', KEY)
      .update(`GET /image\n${canonical}`)
      .digest('base64url')
    expect(signature).toBe('DN5SO0wM8qnarKu_wNpyeRw1w7mtk_JQ55ocSSe4HXM')
    expect(signQuery(query, 1_800_000_000, KEY)).toBe(`${canonical}&signature=${signature}`)
  })

  it('signs anew what was signed before', () => {
    const first = signQuery('url=a', 1, KEY)
    expect(signQuery(first, 2, KEY)).toBe(signQuery('url=a', 2, KEY))
  })
})

describe('urlSignature()', () => {
  const signature = (query: string) => urlSignature(new URLSearchParams(query), KEY)

  it.each([
    ['in another order', 'scale=1x1&url=a%20b', 'url=a%20b&scale=1x1'],
    ['escaped in another way', 'url=a%20b~', '%75rl=a+b%7E'],
  ])('is the same for a query that says the same %s', (_, query, other) => {
    expect(signature(other)).toBe(signature(query))
  })

  it.each([
    ['a parameter more', 'url=a&scale=1x1'],
    ['a parameter twice', 'url=a&url=a'],
    ['another value', 'url=b'],
    ['another name', 'Url=a'],
    ['a value that looks like two parameters', 'url=a%26scale%3D1x1'],
  ])('is another with %s', (_, query) => {
    expect(signature(query)).not.toBe(signature('url=a'))
  })
})
