import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import type { Size } from '../contract/options.ts'
import type { Pixels } from './pixels.ts'
import { plan } from './process.ts'
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
import { AS_IT_IS, pixelsOf, processed } from './test-process.ts'

const MODES = ['exact', 'fast'] as const

/** Half the size of most fixtures. */
const HALF = { width: 16, height: 12 }

describe('processImage()', () => {
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
    for (const mode of MODES) {
      const half = await pixelsOf(fixture(name), { mode, scale: HALF })
      expect(half).toEqual(flat(HALF, 'red'))
    }
  })

  it.each([
    ['exact', 'none'],
    ['exact', HALF],
    ['fast', HALF],
  ] as const)('ignores or converts an embedded profile, mode=%s, scale %j', async (mode, scale) => {
    const source = fixture('icc-red-green-swapped.jpg')
    const ignored = await pixelsOf(source, { mode, icc: 'ignore', scale })
    expect(cornerNames(ignored, 6)).toEqual(UPRIGHT)
    const converted = await pixelsOf(source, { mode, icc: 'convert', scale })
    // The profile exchanges the primaries: what is stored as red is seen as green.
    const [red = [], green = []] = cornersOf(converted)
    expect(red[1]).toBeGreaterThan(180)
    expect(red[0]).toBeLessThan(80)
    expect(green[0]).toBeGreaterThan(120)
    expect(green[1]).toBeLessThan(80)
  })

  it.each(['palette.png', 'rgb-16-bit.png', 'lossless.avif', 'gray.jpg'])(
    'changes nothing in %s, which has no profile, when profiles are converted',
    async (name) => {
      const ignored = await pixelsOf(fixture(name), { icc: 'ignore' })
      expect(await pixelsOf(fixture(name), { icc: 'convert' })).toEqual(ignored)
    },
  )

  it('takes the luma of what is resized in mode=fast, by the Rec.601 formula', async () => {
    const source = await asPng(textured({ width: 120, height: 90 }, 2))
    const scale = { width: 40, height: 30 }
    const rgb = await pixelsOf(source, { mode: 'fast', scale })
    const gray = await pixelsOf(source, { mode: 'fast', scale, grayscale: true })
    expect(gray).toMatchObject({ ...scale, channels: 1 })
    expect([...gray.data]).toEqual(lumaOf(rgb))
  })

  it('resizes the luma in mode=exact, as convert does before resize', async () => {
    const picture = textured({ width: 120, height: 90 }, 2)
    const scale = { width: 40, height: 30 }
    const gray = await pixelsOf(await asPng(picture), { scale, grayscale: true })
    expect(gray).toMatchObject({ ...scale, channels: 1 })
    // Resized as three equal channels of gray.
    const grays = Uint8Array.from(lumaOf(picture).flatMap((level) => [level, level, level]))
    const resized = await pixelsOf(await asPng({ ...picture, data: grays }), { scale })
    expect([...gray.data]).toEqual(lumaOf(resized))
  })

  it.each(MODES)('cuts the crop out of the resized picture, mode=%s', async (mode) => {
    const source = await asPng(textured({ width: 90, height: 60 }, 3))
    const options = { mode, scale: { width: 48, height: 32 } } as const
    const whole = await pixelsOf(source, options)
    const cut = await pixelsOf(source, { ...options, crop: { width: 20, height: 13 } })
    expect(cut).toMatchObject({ width: 20, height: 13 })
    // (48 - 20) / 2 is 14, and (32 - 13) / 2 is 9.5, which goes to the even side.
    for (const [x, y] of positions(cut)) {
      expect(colourAt(cut, x, y)).toEqual(colourAt(whole, x + 14, y + 10))
    }
  })

  it.each(MODES)('lays black around a crop of more than there is, mode=%s', async (mode) => {
    const source = await asPng(textured({ width: 90, height: 60 }, 3))
    const options = { mode, scale: { width: 48, height: 32 } } as const
    const whole = await pixelsOf(source, options)
    const wide = await pixelsOf(source, { ...options, crop: { width: 51, height: 20 } })
    for (const [x, y] of positions(wide)) {
      const isOutside = x < 1 || x >= 49
      expect(colourAt(wide, x, y)).toEqual(isOutside ? [0, 0, 0] : colourAt(whole, x - 1, y + 6))
    }
  })

  it('is close in mode=fast to what mode=exact makes', async () => {
    const source = await asPng(textured({ width: 300, height: 200 }, 3))
    for (const fit of ['fill', 'contain', 'cover', 'inside', 'short-side'] as const) {
      const options = { fit, scale: { width: 90, height: 90 } }
      const exact = await pixelsOf(source, options)
      const fast = await pixelsOf(source, { ...options, mode: 'fast' })
      const difference = meanDifference(exact, fast)
      expect(difference, fit).toBeLessThan(1)
      expect(difference, fit).toBeGreaterThan(0)
    }
  })

  it('gives in mode=fast what mode=exact does, where libvips cannot do the work', async () => {
    const source = await asPng(textured({ width: 50, height: 40 }, 6))
    for (const options of [
      { scale: { width: 60, height: 20 } },
      { scale: { width: 20, height: 20 }, filter: 'hamming' },
      { scale: { width: 20, height: 20 }, filter: 'box' },
      { scale: { width: 20, height: 20 }, filter: 'nearest' },
    ] as const) {
      const fast = await processed(source, { ...options, mode: 'fast' })
      expect(fast.info.mode).toBe('exact')
      expect([...fast.bytes]).toEqual([...(await processed(source, options)).bytes])
    }
  })

  it.each(MODES)('says where the result lies in the source, mode=%s', async (mode) => {
    const options = { mode, fit: 'cover', scale: { width: 12, height: 12 } } as const
    const { geometry } = await processed(fixture('orientation-6.png'), options)
    expect(geometry).toEqual({ scaleX: 2, scaleY: 2, offsetX: 4, offsetY: 0 })
  })

  it.each([
    ['png', 'image/png', 0],
    ['jpeg', 'image/jpeg', 3],
    ['webp', 'image/webp', 3],
  ] as const)('makes a %s that shows the picture', async (format, type, tolerance) => {
    const source = fixture('orientation-6.tif')
    const { bytes, mediaType, info } = await processed(source, { format, quality: 95 })
    expect(mediaType).toBe(type)
    expect(info).toEqual({ width: 32, height: 24, channels: 3, depth: 8, mode: 'exact' })
    expect(cornerNames(await decoded(bytes), tolerance)).toEqual(UPRIGHT)
  })

  it('carries neither orientation nor profile into the result', async () => {
    for (const name of ['orientation-6.jpg', 'icc-red-green-swapped.jpg']) {
      const { bytes } = await processed(fixture(name), { format: 'jpeg' })
      const { exif, icc, orientation } = await sharp(bytes).metadata()
      expect([exif, icc, orientation]).toEqual([undefined, undefined, undefined])
    }
  })

  it.each(MODES)('makes the same bytes from the same source and options, mode=%s', async (mode) => {
    const source = await asPng(textured({ width: 120, height: 90 }, 5))
    const scale = { width: 50, height: 40 }
    const options = { mode, format: 'jpeg', grayscale: true, scale } as const
    const [once, again] = await Promise.all([
      processed(source, options),
      processed(source, options),
    ])
    expect(Buffer.from(once.bytes).equals(again.bytes)).toBe(true)
  })
})

describe('plan()', () => {
  const header = {
    format: 'jpeg',
    width: 24,
    height: 32,
    orientation: 6,
    hasAlpha: false,
    isCmyk: false,
    channels: 3,
    bytesPerSample: 1,
  } as const
  const scale = { width: 16, height: 12 }

  it('goes by the size of the source as it is seen', () => {
    const options = { ...AS_IT_IS, scale, fit: 'cover' } as const
    const upright = plan(header, options)
    expect(upright.seen).toEqual({ width: 32, height: 24 })
    expect(upright.where.box).toEqual({ left: 0, top: 0, right: 32, bottom: 24 })
    const stored = plan(header, { ...options, orient: 'ignore' })
    expect(stored.seen).toEqual({ width: 24, height: 32 })
    expect(stored.where.box).toEqual({ left: 0, top: 7, right: 24, bottom: 25 })
  })

  it('takes the mode that is asked for, and exact where fast cannot do the work', () => {
    const modes = [
      { scale },
      { scale, mode: 'fast' },
      { scale, mode: 'fast', filter: 'box' },
      { scale: 'none', mode: 'fast' },
      // Upright it shrinks, as it is stored it grows.
      { scale: { width: 30, height: 20 }, mode: 'fast' },
      { scale: { width: 30, height: 20 }, mode: 'fast', orient: 'ignore' },
    ] as const
    expect(modes.map((options) => plan(header, { ...AS_IT_IS, ...options }).mode)).toEqual([
      'exact',
      'fast',
      'exact',
      'exact',
      'fast',
      'exact',
    ])
  })

  it('takes whole pixels of the source for fast', () => {
    const options = { ...AS_IT_IS, scale: { width: 7, height: 12 }, fit: 'cover' } as const
    expect(plan(header, options).where.box).toEqual({ left: 9, top: 0, right: 23, bottom: 24 })
    const odd = { ...options, scale: { width: 10, height: 11 } }
    expect(plan(header, odd).where.box.left).toBeCloseTo(5.09, 2)
    expect(plan(header, { ...odd, mode: 'fast' }).where.box.left).toBe(5)
  })
})

function lumaOf(rgb: Pixels): number[] {
  return positions(rgb).map(([x, y]) => {
    const [red = 0, green = 0, blue = 0] = colourAt(rgb, x, y)
    return Math.floor((19595 * red + 38470 * green + 7471 * blue + 32768) / 65536)
  })
}

/** Every place of a picture, row by row. */
function positions({ width, height }: Size): [x: number, y: number][] {
  return Array.from({ length: width * height }, (_, at) => [at % width, Math.floor(at / width)])
}

async function decoded(bytes: Uint8Array): Promise<Pixels> {
  const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true })
  return { data, width: info.width, height: info.height, channels: 3 }
}
