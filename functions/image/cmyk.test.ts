import { describe, expect, it } from 'vitest'
import { cmykToRgb } from './cmyk.ts'
import { fixture } from './test-picture.ts'
import { processed } from './test-process.ts'

describe('cmykToRgb()', () => {
  it.each([
    // Image.new('CMYK', (1, 1), inks).convert('RGB').getpixel((0, 0)), Pillow 13.0
    [
      [0, 0, 0, 0],
      [255, 255, 255],
    ],
    [
      [0, 0, 0, 255],
      [0, 0, 0],
    ],
    [
      [255, 0, 0, 0],
      [0, 255, 255],
    ],
    [
      [45, 215, 215, 0],
      [210, 40, 40],
    ],
    [
      [10, 20, 30, 40],
      [207, 198, 190],
    ],
    [
      [200, 100, 50, 120],
      [29, 82, 109],
    ],
    [
      [1, 254, 128, 77],
      [177, 1, 89],
    ],
  ])('makes %j what Pillow makes of it: %j', (inks, rgb) => {
    expect([...cmykToRgb(Uint8Array.from(inks))]).toEqual(rgb)
  })

  it('makes a pixel of each four inks', () => {
    const inks = Buffer.from([9, 9, 0, 0, 0, 0, 255, 0, 0, 0]).subarray(2)
    expect([...cmykToRgb(inks)]).toEqual([255, 255, 255, 0, 255, 255])
  })
})

describe('a source of inks', () => {
  it('is done exactly in both modes, whichever Pillow is named', async () => {
    const options = { scale: { width: 10, height: 8 }, grayscale: true } as const
    const source = fixture('cmyk.jpg')
    const exact = await processed(source, options)
    for (const pillow of ['12', '13'] as const) {
      const fast = await processed(source, { ...options, mode: 'fast', pillow })
      expect(fast.info.mode).toBe('exact')
      expect(Buffer.from(fast.bytes).equals(exact.bytes)).toBe(true)
    }
  })
})
