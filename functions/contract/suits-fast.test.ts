import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Options } from './options.ts'
import { suitsFast } from './suits-fast.ts'

const WANTED = { width: 100, height: 50 }
const SQUARE = { width: 50, height: 50 }

/** Whether it suits a source of these sides, with a filter that libvips has. */
function suits(width: number, height: number, fit: Options['fit'], scale = WANTED): boolean {
  return suitsFast({ width, height }, { scale, fit, filter: 'lanczos' })
}

describe('suitsFast()', () => {
  it.each([
    ['lanczos', true],
    ['bicubic', true],
    ['bilinear', true],
    ['hamming', false],
    ['box', false],
    ['nearest', false],
  ] as const)('of filter=%s is %s where the source shrinks', (filter, expected) => {
    const source = { width: 400, height: 300 }
    expect(suitsFast(source, { scale: WANTED, fit: 'fill', filter })).toBe(expected)
  })

  it('is false where the size is kept', () => {
    const source = { width: 400, height: 300 }
    expect(suitsFast(source, { scale: 'none', fit: 'fill', filter: 'lanczos' })).toBe(false)
  })

  it.each([
    [200, 100, true, 'both sides shrink'],
    [101, 50, true, 'one side shrinks'],
    [100, 50, false, 'nothing changes'],
    [99, 100, false, 'the width grows'],
    [200, 49, false, 'the height grows'],
  ])('of fit=fill from %ix%i to 100x50 is %s: %4$s', (width, height, expected) => {
    expect(suits(width, height, 'fill')).toBe(expected)
  })

  it.each([
    [200, 100, true],
    [101, 10, true],
    [10, 51, true],
    [100, 10, false],
    [100, 50, false],
    [99, 49, false],
  ])('of contain and inside from %ix%i to 100x50 is %s', (width, height, expected) => {
    expect(suits(width, height, 'contain')).toBe(expected)
    expect(suits(width, height, 'inside')).toBe(expected)
  })

  it.each([
    [200, 100, true],
    [101, 51, true],
    [200, 50, false],
    [100, 100, false],
    [1000, 49, false],
  ])('of cover from %ix%i to 100x50 is %s', (width, height, expected) => {
    expect(suits(width, height, 'cover')).toBe(expected)
  })

  it.each([
    [51, 51, true],
    [51, 400, true],
    [50, 400, false],
    [400, 49, false],
  ])('of short-side from %ix%i to 50x50 is %s', (width, height, expected) => {
    expect(suits(width, height, 'short-side', SQUARE)).toBe(expected)
  })

  it('stays true for a source that is larger', () => {
    const side = fc.integer({ min: 1, max: 300 })
    const more = fc.integer({ min: 0, max: 300 })
    const fit = fc.constantFrom('fill', 'contain', 'cover', 'inside')
    fc.assert(
      fc.property(side, side, more, more, fit, (width, height, moreWide, moreHigh, fit) => {
        fc.pre(suits(width, height, fit))
        expect(suits(width + moreWide, height + moreHigh, fit)).toBe(true)
      }),
    )
  })

  it('is false whatever the fit where both sides would grow, and true where both would shrink', () => {
    const below = fc.record({
      width: fc.integer({ min: 1, max: 99 }),
      height: fc.integer({ min: 1, max: 49 }),
    })
    const fit = fc.constantFrom('fill', 'contain', 'cover', 'inside')
    fc.assert(
      fc.property(below, fit, ({ width, height }, fit) => {
        expect(suits(width, height, fit)).toBe(false)
        expect(suits(width + 100, height + 50, fit)).toBe(true)
      }),
    )
  })
})
