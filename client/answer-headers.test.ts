import { describe, expect, it } from 'vitest'
import { cacheUseFromHeader, startOf, timingsFromHeader } from './answer-headers.ts'

describe('cacheUseFromHeader()', () => {
  it.each([
    ['image-api; hit', 'hit'],
    ['image-api; fwd=miss; stored', 'miss'],
    ['image-api; fwd=miss; collapsed', 'collapsed'],
    ['image-api; fwd=miss; detail=store-unavailable', 'miss'],
    ['image-api; fwd=miss, cdn; hit', 'miss'],
    ['cdn; hit', undefined],
    ['', undefined],
  ])('of %o is %o', (text, use) => {
    expect(cacheUseFromHeader(text)).toBe(use)
  })
})

describe('timingsFromHeader()', () => {
  it('has the durations in their order', () => {
    const text = 'upload;dur=1.0, image-start;dur=612.5, total;desc="all";dur=42, cached'
    const timings = timingsFromHeader(text)
    expect([...timings]).toEqual([
      ['upload', 1],
      ['image-start', 612.5],
      ['total', 42],
    ])
    expect(startOf('image', timings)).toBe(612.5)
    expect(startOf('api', timings)).toBeUndefined()
  })
})
