import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import type { Pixels } from './decode.ts'
import {
  asPng,
  colourAt,
  cornerNames,
  cornersOf,
  fixture,
  flat,
  meanDifference,
  quarters,
  textured,
  UPRIGHT,
} from './test-picture.ts'
import { pixelsOf, processed } from './test-process.ts'

describe('processFast()', () => {
  it.each([
    'big-endian.tif',
    'bigtiff.tif',
    'corners.gif',
    'lossless.avif',
    'palette.png',
    'two-pages.tif',
  ])('decodes %s without loss', async (name) => {
    expect(await pixelsOf(fixture(name))).toEqual(quarters())
  })

  it.each(['lzw.tif', 'rgb-16-bit.png'])('decodes %s like the interlaced PNG', async (name) => {
    const interlaced = await pixelsOf(fixture('interlaced.png'))
    expect(cornerNames(interlaced, 0)).toEqual(UPRIGHT)
    expect(await pixelsOf(fixture(name))).toEqual(interlaced)
  })

  it.each([
    'arithmetic.jpg',
    'lossy.webp',
    'progressive.jpg',
    'subsampling-411.jpg',
    'subsampling-420.jpg',
    'subsampling-422.jpg',
    'subsampling-440.jpg',
    'subsampling-444.jpg',
  ])('decodes %s close to the picture that it was made of', async (name) => {
    const pixels = await pixelsOf(fixture(name))
    const original = await pixelsOf(fixture('interlaced.png'))
    expect(cornerNames(pixels)).toEqual(UPRIGHT)
    expect(meanDifference(pixels, original)).toBeLessThan(12)
  })

  it('decodes CMYK with the hues in place', async () => {
    const pixels = await pixelsOf(fixture('cmyk.jpg'))
    expect(cornerNames(pixels, 80)).toEqual(UPRIGHT)
  })

  it.each([
    ['gray.jpg', [91, 113, 70, 202]],
    ['gray-alpha.png', [91, 113, 70, 202]],
    ['one-bit.png', [0, 255, 255, 255]],
    // Stored with low bytes of 255: rounding to the nearest would be one more.
    ['gray-16-bit.png', [20, 60, 90, 120]],
  ])('decodes %s to the grays %j', async (name, grays) => {
    const asGray = await pixelsOf(fixture(name), { grayscale: true })
    expect(cornersOf(asGray)).toEqual(grays.map((gray) => [gray]))
    const asColour = await pixelsOf(fixture(name), { grayscale: false })
    expect(cornersOf(asColour)).toEqual(grays.map((gray) => [gray, gray, gray]))
  })

  it.each(['animated.gif', 'animated.webp'])('takes the first frame of %s', async (name) => {
    expect(await pixelsOf(fixture(name))).toEqual(flat({ width: 32, height: 24 }, 'red'))
  })

  it.each(['none', { width: 16, height: 12 }] as const)(
    'ignores or converts an embedded profile, scale %j',
    async (scale) => {
      const source = fixture('icc-red-green-swapped.jpg')
      const ignored = await pixelsOf(source, { icc: 'ignore', scale })
      expect(cornerNames(ignored, 6)).toEqual(UPRIGHT)
      const converted = await pixelsOf(source, { icc: 'convert', scale })
      // The profile exchanges the primaries: what is stored as red is seen as green.
      const [red = [], green = []] = cornersOf(converted)
      expect(red[1]).toBeGreaterThan(180)
      expect(red[0]).toBeLessThan(80)
      expect(green[0]).toBeGreaterThan(120)
      expect(green[1]).toBeLessThan(80)
    },
  )

  it.each(['palette.png', 'rgb-16-bit.png', 'lossless.avif', 'gray.jpg'])(
    'changes nothing in %s, which has no profile, when profiles are converted',
    async (name) => {
      const ignored = await pixelsOf(fixture(name), { icc: 'ignore' })
      expect(await pixelsOf(fixture(name), { icc: 'convert' })).toEqual(ignored)
    },
  )

  it('takes the luma of what is resized, by the Rec.601 formula', async () => {
    const source = await asPng(textured({ width: 120, height: 90 }, 2))
    const scale = { width: 40, height: 30 }
    const rgb = await pixelsOf(source, { scale })
    const gray = await pixelsOf(source, { scale, grayscale: true })
    expect(gray).toMatchObject({ ...scale, channels: 1 })
    const expected = Array.from({ length: 40 * 30 }, (_, at) => {
      const [red = 0, green = 0, blue = 0] = colourAt(rgb, at % 40, Math.floor(at / 40))
      return Math.floor((19595 * red + 38470 * green + 7471 * blue + 32768) / 65536)
    })
    expect([...gray.data]).toEqual(expected)
  })

  it.each([
    ['png', 'image/png', 0],
    ['jpeg', 'image/jpeg', 3],
    ['webp', 'image/webp', 3],
  ] as const)('makes a %s that shows the picture', async (format, type, tolerance) => {
    const source = fixture('orientation-6.tif')
    const { bytes, mediaType, info } = await processed(source, { format, quality: 95 })
    expect(mediaType).toBe(type)
    expect(info).toEqual({ width: 32, height: 24, channels: 3, depth: 8 })
    expect(cornerNames(await decoded(bytes), tolerance)).toEqual(UPRIGHT)
  })

  it('carries neither orientation nor profile into the result', async () => {
    for (const name of ['orientation-6.jpg', 'icc-red-green-swapped.jpg']) {
      const { bytes } = await processed(fixture(name), { format: 'jpeg' })
      const { exif, icc, orientation } = await sharp(bytes).metadata()
      expect([exif, icc, orientation]).toEqual([undefined, undefined, undefined])
    }
  })

  it('makes the same bytes from the same source and options', async () => {
    const source = await asPng(textured({ width: 120, height: 90 }, 5))
    const options = { format: 'jpeg', grayscale: true, scale: { width: 50, height: 40 } } as const
    const [once, again] = await Promise.all([
      processed(source, options),
      processed(source, options),
    ])
    expect(Buffer.from(once.bytes).equals(again.bytes)).toBe(true)
  })
})

async function decoded(bytes: Uint8Array): Promise<Pixels> {
  const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true })
  return { data, width: info.width, height: info.height, channels: 3 }
}
