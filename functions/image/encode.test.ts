import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { createDeadline } from './deadline.ts'
import { type Encoded, encode } from './encode.ts'
import { toNpy } from './npy.ts'
import type { Pixels } from './pixels.ts'
import { toTensor } from './tensor.ts'
import { flat, meanDifference, quarters, textured } from './test-picture.ts'
import { AS_IT_IS } from './test-process.ts'

const colour = quarters()
const gray: Pixels = {
  data: Uint8Array.from({ length: 32 * 24 }, (_, at) => at % 251),
  width: 32,
  height: 24,
  channels: 1,
}

/** Encodes with the options that differ from those of a plain png. */
function encoded(
  pixels: Pixels,
  options: Partial<Parameters<typeof encode>[1]>,
  timeoutMs = 30_000,
): Promise<Encoded> {
  return encode(pixels, { ...AS_IT_IS, format: 'png', ...options }, createDeadline(timeoutMs))
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
      const { bytes, mediaType, info } = await encoded(gray, { format })
      expect(mediaType).toBe(type)
      expect(info).toEqual({ width: 32, height: 24, channels, depth: 8, mode: 'exact' })
      const seen = await sharp(bytes).metadata()
      expect(seen).toMatchObject({ format, width: 32, height: 24, channels, hasAlpha: false })
      expect(seen.bitsPerSample ?? 8).toBe(8)
    },
  )

  it.each([
    ['jpeg', 65_500],
    ['webp', 16_383],
  ] as const)('writes a %s of the longest side that is let through: %i', async (format, width) => {
    const { bytes } = await encoded(flat({ width, height: 1 }, 'red'), { format })
    expect(await sharp(bytes).metadata()).toMatchObject({ format, width, height: 1 })
    const wider = encoded(flat({ width: width + 1, height: 1 }, 'red'), { format })
    await expect(wider).rejects.toThrow()
  })

  it('gives up at the deadline with image_function_timeout', async () => {
    const large = textured({ width: 3000, height: 3000 }, 3)
    const late = encoded(large, { format: 'webp', quality: 100 }, 1)
    await expect(late).rejects.toMatchObject({ code: 'image_function_timeout' })
  }, 20_000)

  it.each(['png', 'jpeg', 'webp'] as const)('writes RGB as a %s', async (format) => {
    const { bytes, info } = await encoded(colour, { format })
    expect(info).toEqual({ width: 32, height: 24, channels: 3, depth: 8, mode: 'exact' })
    const seen = await sharp(bytes).metadata()
    expect(seen).toMatchObject({ format, width: 32, height: 24, channels: 3, space: 'srgb' })
  })

  it.each(['png', 'npy'] as const)('says of a %s which mode made it', async (format) => {
    expect((await encoded(colour, { format, mode: 'fast' })).info.mode).toBe('fast')
  })

  it.each([
    ['gray', gray],
    ['RGB', colour],
  ])('keeps every pixel of %s in a png', async (_what, pixels) => {
    const { bytes } = await encoded(pixels, { quality: 1 })
    const toColour = pixels.channels === 1 ? 'b-w' : 'srgb'
    const decoded = await sharp(bytes).toColourspace(toColour).raw().toBuffer()
    expect([...decoded]).toEqual([...pixels.data])
  })

  it.each([
    ['gray', gray, [24, 32]],
    ['RGB', colour, [24, 32, 3]],
  ])('gives the rows of %s as they are for raw', async (_what, pixels, shape) => {
    const { bytes, mediaType, info } = await encoded(pixels, { format: 'raw' })
    expect(mediaType).toBe('application/octet-stream')
    expect(info).toEqual({
      width: 32,
      height: 24,
      channels: pixels.channels,
      depth: 8,
      mode: 'exact',
      tensor: { shape, dtype: 'uint8', layout: 'hwc' },
    })
    expect([...bytes]).toEqual([...pixels.data])
  })

  it.each([
    ['uint8', 'hwc', 8, [24, 32, 3]],
    ['float32', 'chw', 32, [3, 24, 32]],
    ['float16', 'hwc', 16, [24, 32, 3]],
  ] as const)(
    'writes the same numbers into raw and npy: %s in %s',
    async (dtype, layout, depth, shape) => {
      const options = { dtype, layout, mean: [0.5], std: dtype === 'uint8' ? [1] : [0.25] }
      const tensor = toTensor(colour, options)
      const raw = await encoded(colour, { ...options, format: 'raw' })
      expect([...raw.bytes]).toEqual([...tensor.bytes])
      expect(raw.info).toMatchObject({ depth, tensor: { shape, dtype, layout } })
      const npy = await encoded(colour, { ...options, format: 'npy' })
      expect(npy.mediaType).toBe('application/x-npy')
      expect([...npy.bytes]).toEqual([...toNpy(tensor, dtype)])
      expect(npy.info).toEqual(raw.info)
    },
  )

  it.each(['jpeg', 'webp'] as const)('comes closer with more quality: %s', async (format) => {
    const picture = textured({ width: 96, height: 64 }, 1)
    const errors: number[] = []
    const lengths: number[] = []
    for (const quality of [10, 50, 90, 100]) {
      const { bytes } = await encoded(picture, { format, quality })
      const data = await sharp(bytes).raw().toBuffer()
      errors.push(meanDifference({ ...picture, data }, picture))
      lengths.push(bytes.length)
    }
    expect(errors).toEqual(errors.toSorted((a, b) => b - a))
    expect(lengths).toEqual(lengths.toSorted((a, b) => a - b))
    expect(errors[0]).toBeGreaterThan(2 * (errors[3] ?? Number.NaN))
  })

  it.each(['png', 'jpeg', 'webp'] as const)('writes no metadata into a %s', async (format) => {
    const { bytes } = await encoded(colour, { format })
    const { exif, icc, xmp, iptc, orientation } = await sharp(bytes).metadata()
    expect([exif, icc, xmp, iptc, orientation]).toEqual(Array(5).fill(undefined))
  })
})
