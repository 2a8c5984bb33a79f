import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  resultFromHeader,
  resultToHeader,
  sourceFromHeader,
  sourceToHeader,
} from './image-headers.ts'
import { SOURCE_FORMATS } from './source-format.ts'

const count = fc.integer({ min: 1, max: 100_000 })

describe('sourceToHeader()', () => {
  it('is a dictionary of RFC 9651', () => {
    expect(sourceToHeader({ width: 4000, height: 3000, format: 'jpeg', orientation: 6 })).toBe(
      'width=4000, height=3000, format="jpeg", orientation=6',
    )
  })

  it('is undone by sourceFromHeader()', () => {
    const source = fc.record({
      width: count,
      height: count,
      format: fc.constantFrom(...SOURCE_FORMATS),
      orientation: fc.integer({ min: 1, max: 8 }),
    })
    fc.assert(
      fc.property(source, (info) => {
        expect(sourceFromHeader(sourceToHeader(info))).toEqual(info)
      }),
    )
  })
})

describe('resultToHeader()', () => {
  it('is undone by resultFromHeader()', () => {
    const result = fc.record({ width: count, height: count, channels: count, depth: count })
    fc.assert(
      fc.property(result, (info) => {
        expect(resultFromHeader(resultToHeader(info))).toEqual(info)
      }),
    )
  })
})

describe('resultFromHeader()', () => {
  it('passes over members it does not know', () => {
    const text = 'width=8, height=4, mode="fast", channels=1, depth=8, new=1'
    expect(resultFromHeader(text)).toEqual({ width: 8, height: 4, channels: 1, depth: 8 })
  })

  it.each(['', 'width=8', 'width="8", height=4, channels=1, depth=8', 'width=0, height=0'])(
    'is undefined for %j',
    (text) => {
      expect(resultFromHeader(text)).toBeUndefined()
    },
  )
})
