import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  geometryFromHeader,
  geometryToHeader,
  type ResultInfo,
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
  const gray: ResultInfo = { width: 1024, height: 768, channels: 1, depth: 8, mode: 'exact' }
  const tensor: ResultInfo = {
    ...{ width: 224, height: 224, channels: 3, depth: 32, mode: 'exact' },
    tensor: { layout: 'chw', dtype: 'float32', shape: [3, 224, 224] },
  }

  it('is a dictionary of RFC 9651', () => {
    expect(resultToHeader(gray)).toBe('width=1024, height=768, channels=1, depth=8, mode="exact"')
  })

  it('says how the numbers of a tensor lie, always in the same order', () => {
    expect(resultToHeader(tensor)).toBe(
      'width=224, height=224, channels=3, depth=32, mode="exact", ' +
        'shape=(3 224 224), dtype="float32", layout="chw"',
    )
  })

  it('is undone by resultFromHeader(), as to the pixels', () => {
    const pixels = fc.record({ width: count, height: count, channels: count, depth: count })
    fc.assert(
      fc.property(pixels, (info) => {
        expect(resultFromHeader(resultToHeader({ ...tensor, ...info }))).toEqual(info)
        expect(resultFromHeader(resultToHeader({ ...gray, ...info }))).toEqual(info)
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

describe('geometryToHeader()', () => {
  it('is a dictionary of RFC 9651 with numbers as strings', () => {
    const header = geometryToHeader({ scaleX: 3.9375, scaleY: 3.9375, offsetX: 0, offsetY: -0 })
    expect(header).toBe('scale-x="3.9375", scale-y="3.9375", offset-x="0", offset-y="0"')
  })

  const number = fc.double({ noNaN: true, noDefaultInfinity: true })
  const anyGeometry = fc.record({
    scaleX: number,
    scaleY: number,
    offsetX: number,
    offsetY: number,
  })

  it('spells every number as float() of Python reads it', () => {
    fc.assert(
      fc.property(anyGeometry, (geometry) => {
        const texts = [...geometryToHeader(geometry).matchAll(/"([^"]*)"/g)].map(([, text]) => text)
        expect(texts).toHaveLength(4)
        for (const text of texts) expect(text).toMatch(/^-?\d+(\.\d+)?(e[+-]\d+)?$/)
      }),
    )
  })

  it('is undone by geometryFromHeader(), to the last bit', () => {
    fc.assert(
      fc.property(anyGeometry, (geometry) => {
        const { scaleX, scaleY, offsetX, offsetY } = geometry
        // A zero has no sign in text.
        const unsigned = {
          ...{ scaleX: scaleX + 0, scaleY: scaleY + 0 },
          ...{ offsetX: offsetX + 0, offsetY: offsetY + 0 },
        }
        expect(geometryFromHeader(geometryToHeader(geometry))).toEqual(unsigned)
      }),
    )
  })
})

describe('geometryFromHeader()', () => {
  it.each([
    '',
    'scale-x="1", scale-y="1", offset-x="0"',
    'scale-x="1", scale-y="1", offset-x="0", offset-y=""',
    'scale-x="1", scale-y="1", offset-x="0", offset-y="a lot"',
    'scale-x=1, scale-y=1, offset-x=0, offset-y=0',
  ])('is undefined for %j', (text) => {
    expect(geometryFromHeader(text)).toBeUndefined()
  })
})
