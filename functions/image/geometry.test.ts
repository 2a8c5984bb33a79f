import { describe, expect, it } from 'vitest'
import type { Size } from '../contract/options.ts'
import { centred, resultSize, sizeInside } from './geometry.ts'

/**
 * Source, wanted size, and what Pillow 9.4 makes of them: the size of ImageOps.contain, and the box
 * (left, top, right, bottom) in which ImageOps.pad lays it.
 */
const PILLOW = [
  ['4000x3000', '1024x768', '1024x768', [0, 0, 1024, 768]],
  ['3000x4000', '1024x768', '576x768', [224, 0, 800, 768]],
  ['5184x3456', '1024x768', '1024x683', [0, 42, 1024, 725]],
  ['1920x1080', '224x224', '224x126', [0, 49, 224, 175]],
  ['800x600', '100x100', '100x75', [0, 12, 100, 87]],
  ['600x800', '100x100', '75x100', [12, 0, 87, 100]],
  // Enlarged.
  ['3x2', '1000x1000', '1000x667', [0, 166, 1000, 833]],
  // A half goes to the even side.
  ['2x1', '5x5', '5x2', [0, 2, 5, 4]],
  ['2x1', '7x7', '7x4', [0, 2, 7, 6]],
  ['144x42', '180x216', '180x52', [0, 82, 180, 134]],
  ['120x245', '60x322', '60x122', [0, 100, 60, 222]],
  ['183x366', '126x165', '82x165', [22, 0, 104, 165]],
  // A half that is none, once Pillow has divided before it multiplies.
  ['156x90', '13x223', '13x7', [0, 108, 13, 115]],
  ['290x280', '231x182', '189x182', [21, 0, 210, 182]],
  ['164x160', '307x60', '61x60', [123, 0, 184, 60]],
  ['21x150', '288x275', '39x275', [124, 0, 163, 275]],
] as const

describe('sizeInside()', () => {
  it.each(PILLOW)('brings %s into %s as %s', (source, wanted, expected) => {
    expect(sizeInside(size(source), size(wanted))).toEqual(size(expected))
  })

  it.each([
    ['2000x1', '500x500', '500x1'],
    ['1x3000', '100x3', '1x3'],
    ['1x65535', '1x1', '1x1'],
  ])('keeps a side of at least one pixel: %s into %s', (source, wanted, expected) => {
    expect(sizeInside(size(source), size(wanted))).toEqual(size(expected))
  })
})

describe('centred()', () => {
  it.each(PILLOW)('lays %s in %s where ImageOps.pad does', (_source, canvas, inner, box) => {
    const { left, top, right, bottom } = centred(size(inner), size(canvas))
    const { width, height } = size(canvas)
    expect([left, top, width - right, height - bottom]).toEqual(box)
  })
})

describe('resultSize()', () => {
  const source = { width: 400, height: 300 }
  const scale = { width: 100, height: 100 }

  it('is the size of the source when the scale is none', () => {
    expect(resultSize(source, { scale: 'none', fit: 'inside' })).toEqual(source)
  })

  it.each(['fill', 'contain', 'cover'] as const)('is the wanted size when fit is %s', (fit) => {
    expect(resultSize(source, { scale, fit })).toEqual(scale)
  })

  it('keeps the aspect when fit is inside', () => {
    expect(resultSize(source, { scale, fit: 'inside' })).toEqual({ width: 100, height: 75 })
  })
})

function size(text: string): Size {
  const [width = 0, height = 0] = text.split('x').map(Number)
  return { width, height }
}
