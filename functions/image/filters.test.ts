import { describe, expect, it } from 'vitest'
import { FILTERS } from './filters.ts'

const NAMES = Object.keys(FILTERS) as (keyof typeof FILTERS)[]

describe('FILTERS', () => {
  it.each([
    ['lanczos', 3],
    ['bicubic', 2],
    ['bilinear', 1],
    ['hamming', 1],
    ['box', 0.5],
  ] as const)('reach with %s %d pixels far', (name, support) => {
    const { support: found, weight } = FILTERS[name]
    expect(found).toBe(support)
    for (const beyond of [0.001, 0.5, 1, 7]) {
      expect(weight(support + beyond)).toBe(0)
      expect(weight(-support - beyond)).toBe(0)
    }
    expect(weight(0.9 * support)).not.toBe(0)
    expect(weight(-0.9 * support)).not.toBe(0)
  })

  it.each(NAMES)('weigh with %s most, and 1, in the middle', (name) => {
    const { support, weight } = FILTERS[name]
    expect(weight(0)).toBe(1)
    for (let x = -support; x < support; x += 1 / 64) {
      expect(Math.abs(weight(x))).toBeLessThanOrEqual(1)
    }
  })

  it.each(NAMES)('weigh with %s both sides alike', (name) => {
    const { support, weight } = FILTERS[name]
    for (let x = 1 / 64; x < support; x += 1 / 64) expect(weight(-x)).toBe(weight(x))
  })

  it.each(['lanczos', 'bicubic', 'bilinear'] as const)(
    'leave with %s the pixels where they are: 0 at every other pixel',
    (name) => {
      const { support, weight } = FILTERS[name]
      for (let x = 1; x <= support; x++) expect(weight(x)).toBeCloseTo(0, 15)
    },
  )

  it.each([
    ['lanczos', 0.5, (6 / Math.PI ** 2) * 1],
    ['lanczos', 1.5, -4 / (3 * Math.PI ** 2)],
    ['lanczos', 2.5, 6 / (25 * Math.PI ** 2)],
    ['bicubic', 0.5, 9 / 16],
    ['bicubic', 1.5, -1 / 16],
    ['bilinear', 0.25, 0.75],
    ['hamming', 0.5, (2 / Math.PI) * 0.54],
    ['box', 0.25, 1],
  ] as const)('weigh with %s at %d', (name, x, expected) => {
    expect(FILTERS[name].weight(x)).toBeCloseTo(expected, 7)
  })

  it('count with box one of two neighbours at the same distance', () => {
    expect([FILTERS.box.weight(-0.5), FILTERS.box.weight(0.5)]).toEqual([0, 1])
  })

  it('end with lanczos before 3 and begin at -3', () => {
    expect(FILTERS.lanczos.weight(3)).toBe(0)
    expect(FILTERS.lanczos.weight(-3)).toBeCloseTo(0, 15)
  })

  it('have in hamming the numbers in single precision, as in the C of Pillow', () => {
    // Where the cosine is 0, its number does not count: 0.54f is a little more than 0.54.
    const atHalf = FILTERS.hamming.weight(0.5) / (2 / Math.PI)
    expect(atHalf).toBeCloseTo(0.5400000214576721, 14)
    expect(atHalf).toBeGreaterThan(0.54)
  })
})
