import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { createDeadline } from './deadline.ts'
import type { Pixels } from './decode.ts'
import { encode } from './encode.ts'
import { flat, meanDifference, quarters, textured } from './test-picture.ts'

const colour = quarters()
const gray: Pixels = {
  data: Uint8Array.from({ length: 32 * 24 }, (_, at) => at % 251),
  width: 32,
  height: 24,
  channels: 1,
}

describe('encode()', () => {
  it.each([
    ['png', 'image/png', 1],
    ['jpeg', 'image/jpeg', 1],
    // WebP has no form with one channel: what a decoder sees is three.
    ['webp', 'image/webp', 3],
  ] as const)(
    'writes gray as a %s, and says what a decoder sees',
    async (format, type, channels) => {
      const { bytes, mediaType, info } = await encode(
        gray,
        { format, quality: 90 },
        createDeadline(30_000),
      )
      expect(mediaType).toBe(type)
      expect(info).toEqual({ width: 32, height: 24, channels, depth: 8 })
      const seen = await sharp(bytes).metadata()
      expect(seen).toMatchObject({ format, width: 32, height: 24, channels, hasAlpha: false })
      expect(seen.bitsPerSample ?? 8).toBe(8)
    },
  )

  it.each([
    ['jpeg', 65_500],
    ['webp', 16_383],
  ] as const)('writes a %s of the longest side that is let through: %i', async (format, width) => {
    const pixels = flat({ width, height: 1 }, 'red')
    const { bytes } = await encode(pixels, { format, quality: 90 }, createDeadline(30_000))
    expect(await sharp(bytes).metadata()).toMatchObject({ format, width, height: 1 })
    const options = { format, quality: 90 } as const
    const wider = encode(
      flat({ width: width + 1, height: 1 }, 'red'),
      options,
      createDeadline(30_000),
    )
    await expect(wider).rejects.toThrow()
  })

  it('gives up at the deadline with image_function_timeout', async () => {
    const large = textured({ width: 3000, height: 3000 }, 3)
    const late = encode(large, { format: 'webp', quality: 100 }, createDeadline(1))
    await expect(late).rejects.toMatchObject({ code: 'image_function_timeout' })
  }, 20_000)

  it.each(['png', 'jpeg', 'webp'] as const)('writes RGB as a %s', async (format) => {
    const { bytes, info } = await encode(colour, { format, quality: 90 }, createDeadline(30_000))
    expect(info).toEqual({ width: 32, height: 24, channels: 3, depth: 8 })
    const seen = await sharp(bytes).metadata()
    expect(seen).toMatchObject({ format, width: 32, height: 24, channels: 3, space: 'srgb' })
  })

  it.each([
    ['gray', gray],
    ['RGB', colour],
  ])('keeps every pixel of %s in a png', async (_what, pixels) => {
    const { bytes } = await encode(pixels, { format: 'png', quality: 1 }, createDeadline(30_000))
    const toColour = pixels.channels === 1 ? 'b-w' : 'srgb'
    const decoded = await sharp(bytes).toColourspace(toColour).raw().toBuffer()
    expect([...decoded]).toEqual([...pixels.data])
  })

  it.each([
    ['gray', gray, 32 * 24],
    ['RGB', colour, 32 * 24 * 3],
  ])('gives the rows of %s as they are for raw', async (_what, pixels, length) => {
    const { bytes, mediaType, info } = await encode(
      pixels,
      { format: 'raw', quality: 90 },
      createDeadline(30_000),
    )
    expect(mediaType).toBe('application/octet-stream')
    expect(info).toEqual({ width: 32, height: 24, channels: pixels.channels, depth: 8 })
    expect(bytes).toHaveLength(length)
    expect([...bytes]).toEqual([...pixels.data])
  })

  it.each(['jpeg', 'webp'] as const)('comes closer with more quality: %s', async (format) => {
    const picture = textured({ width: 96, height: 64 }, 1)
    const errors: number[] = []
    const lengths: number[] = []
    for (const quality of [10, 50, 90, 100]) {
      const { bytes } = await encode(picture, { format, quality }, createDeadline(30_000))
      const data = await sharp(bytes).raw().toBuffer()
      errors.push(meanDifference({ ...picture, data }, picture))
      lengths.push(bytes.length)
    }
    expect(errors).toEqual(errors.toSorted((a, b) => b - a))
    expect(lengths).toEqual(lengths.toSorted((a, b) => a - b))
    expect(errors[0]).toBeGreaterThan(2 * (errors[3] ?? Number.NaN))
  })

  it.each(['png', 'jpeg', 'webp'] as const)('writes no metadata into a %s', async (format) => {
    const { bytes } = await encode(colour, { format, quality: 90 }, createDeadline(30_000))
    const { exif, icc, xmp, iptc, orientation } = await sharp(bytes).metadata()
    expect([exif, icc, xmp, iptc, orientation]).toEqual(Array(5).fill(undefined))
  })
})
