import { describe, expect, it } from 'vitest'
import { checkResultSize } from './result-limits.ts'

describe('checkResultSize()', () => {
  it.each([
    ['as many pixels as allowed', { width: 4000, height: 4000 }, 'png'],
    ['the longest side of a jpeg', { width: 65_500, height: 1 }, 'jpeg'],
    ['the longest side of a webp', { width: 1, height: 16_383 }, 'webp'],
    ['a png wider than any jpeg', { width: 65_536, height: 1 }, 'png'],
    ['raw pixels wider than any webp', { width: 16_384, height: 1 }, 'raw'],
  ] as const)('allows %s', (_what, size, format) => {
    expect(() => checkResultSize(size, format, 16_000_000)).not.toThrow()
  })

  it.each([
    ['one row too many', { width: 4000, height: 4001 }, 'png', '4000x4001 = 16004000 pixels'],
    ['one column too many for jpeg', { width: 65_536, height: 1 }, 'jpeg', '65536x1'],
    ['one row too many for webp', { width: 1, height: 16_384 }, 'webp', '1x16384'],
  ] as const)('refuses %s and names the size', (_what, size, format, named) => {
    expect(() => checkResultSize(size, format, 16_000_000)).toThrow(
      expect.objectContaining({
        code: 'too_many_pixels',
        detail: expect.stringContaining(named),
      }),
    )
  })
})
