import { describe, expect, it } from 'vitest'
import { luma } from './luma.ts'
import { noise } from './test-picture.ts'

describe('luma()', () => {
  it.each([
    ['red', [255, 0, 0], 76],
    ['green', [0, 255, 0], 150],
    ['blue', [0, 0, 255], 29],
    ['yellow', [255, 255, 0], 226],
    ['cyan', [0, 255, 255], 179],
    ['magenta', [255, 0, 255], 105],
    ['black', [0, 0, 0], 0],
    ['white', [255, 255, 255], 255],
  ])('weighs %s by Rec.601', (_name, colour, expected) => {
    expect(lumaOf(colour)).toBe(expected)
  })

  it.each([
    // Image.new('RGB', (1, 1), colour).convert('L').getpixel((0, 0)), Pillow 9.4
    [[165, 77, 202], 118],
    [[24, 37, 48], 34],
    [[187, 29, 109], 85],
    [[19, 44, 222], 57],
    [[214, 35, 123], 99],
    [[46, 217, 30], 145],
    [[63, 114, 31], 89],
    [[203, 25, 113], 88],
    [[23, 68, 148], 64],
    [[214, 73, 60], 114],
    [[157, 92, 52], 107],
    [[96, 190, 49], 146],
    [[32, 30, 105], 39],
    [[254, 218, 160], 222],
    [[238, 232, 185], 228],
    [[153, 127, 92], 131],
    // Where a weight off by one, or another rounding, gives another level.
    [[180, 62, 99], 101],
    [[181, 239, 185], 216],
    [[126, 201, 174], 175],
    [[131, 78, 189], 107],
    [[125, 224, 181], 189],
    [[129, 179, 104], 156],
    [[0, 52, 184], 52],
    [[0, 62, 229], 62],
    [[0, 0, 250], 28],
  ])('gives for %j what Pillow gives: %i', (colour, expected) => {
    expect(lumaOf(colour)).toBe(expected)
  })

  it('keeps every gray', () => {
    const grays = Array.from({ length: 256 }, (_, gray) => gray)
    const data = Uint8Array.from(grays.flatMap((gray) => [gray, gray, gray]))
    expect([...luma({ data, width: 16, height: 16, channels: 3 }).data]).toEqual(grays)
  })

  it('gives one channel of the same size, row by row', () => {
    const data = Uint8Array.from([255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9, 8, 8, 8, 7, 7, 7])
    const { data: gray, ...rest } = luma({ data, width: 3, height: 2, channels: 3 })
    expect(rest).toEqual({ width: 3, height: 2, channels: 1 })
    expect([...gray]).toEqual([76, 150, 29, 9, 8, 7])
  })

  it('reads pixels that start within a larger buffer', () => {
    const data = Buffer.from([1, 2, 3, 4, 255, 0, 0, 0, 0, 255, 5]).subarray(4, 10)
    expect([...luma({ data, width: 2, height: 1, channels: 3 }).data]).toEqual([76, 29])
  })

  it('leaves the RGB as it is', () => {
    const data = Uint8Array.from([1, 2, 3, 4, 5, 6])
    luma({ data, width: 2, height: 1, channels: 3 })
    expect([...data]).toEqual([1, 2, 3, 4, 5, 6])
  })

  it.each([1, 2, 15, 16, 17, 16_383, 16_384, 16_385, 40_000])(
    'gives %i pixels, whatever is left at the end of what is done at once',
    (width) => {
      const { data } = noise({ width, height: 1 }, width)
      const expected = Array.from({ length: width }, (_, x) => {
        const [red = 0, green = 0, blue = 0] = data.subarray(3 * x, 3 * x + 3)
        return Math.floor((19595 * red + 38470 * green + 7471 * blue + 32768) / 65536)
      })
      expect([...luma({ data, width, height: 1, channels: 3 }).data]).toEqual(expected)
    },
  )
})

function lumaOf(colour: number[]): number | undefined {
  return luma({ data: Uint8Array.from(colour), width: 1, height: 1, channels: 3 }).data[0]
}
