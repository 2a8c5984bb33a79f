import sharp, { type Sharp } from 'sharp'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { Options } from '../contract/options.ts'
import { asPng, fixture, meanDifference, textured } from './test-picture.ts'
import { findPillow, type Pillow, startPillow } from './test-pillow.ts'
import { pixelsOf, processed } from './test-process.ts'

declare module 'vitest' {
  // Given by vitest.config.ts.
  interface ProvidedContext {
    ci: boolean
  }
}
const isCi = inject('ci')

const python = findPillow()
if (!python) {
  console.warn('The comparison with Pillow is left out; to run it: apt-get install python3-pil')
}

it.runIf(isCi)('Pillow is installed where the checks of a change run', () => {
  expect(python).toMatch(/python3$/)
})

describe.skipIf(!python)('against Pillow', () => {
  let pillow: Pillow

  beforeAll(() => {
    pillow = startPillow(python ?? '')
  })

  afterAll(() => pillow.close())

  /** The full-size picture as PNG, decoded again by Pillow: what a client of ours would see. */
  async function ours(source: Buffer, grayscale: boolean) {
    const { bytes } = await processed(source, { format: 'png', grayscale })
    return pillow.ask(Buffer.from(bytes), grayscale ? 'L' : 'RGB')
  }

  describe.each([
    'animated.gif',
    'arithmetic.jpg',
    'big-endian.tif',
    'bigtiff.tif',
    'corners.gif',
    'gray-alpha.png',
    'gray.jpg',
    'interlaced.png',
    'lossless-alpha.webp',
    'lossy.webp',
    'lzw.tif',
    'one-bit.png',
    'palette-transparent.png',
    'palette.png',
    'progressive.jpg',
    'rgb-16-bit.png',
    'rgba.png',
    'sample.jpg',
    'subsampling-411.jpg',
    'subsampling-420.jpg',
    'subsampling-422.jpg',
    'subsampling-440.jpg',
    'subsampling-444.jpg',
    'two-pages.tif',
    'icc-red-green-swapped.jpg',
  ])('%s', (name) => {
    it.each([false, true])('decodes to the same pixels, grayscale=%s', async (grayscale) => {
      const source = fixture(name)
      const theirs = await pillow.ask(source, grayscale ? 'L' : 'RGB')
      expect(meanDifference(await ours(source, grayscale), theirs)).toBe(0)
    })
  })

  it.each([1, 2, 3, 4])('decodes JPEGs of any size and quality alike, seed %i', async (seed) => {
    const size = { width: 90 + 17 * seed, height: 100 - 13 * seed }
    for (const chromaSubsampling of ['4:4:4', '4:2:0']) {
      const source = await encoded(size, seed, (image) =>
        image.jpeg({ quality: 25 * seed, chromaSubsampling, progressive: seed % 2 === 0 }),
      )
      const theirs = await pillow.ask(source, 'RGB')
      expect(meanDifference(await ours(source, false), theirs)).toBe(0)
    }
  })

  it("reads a phone's JPEG with a gain map behind it as the JPEG that it is", async () => {
    const source = await encoded({ width: 64, height: 48 }, 3, (image) =>
      // Not in the types of sharp 0.35.
      (image.jpeg() as Sharp & { withGainMap(): Sharp }).withGainMap(),
    )
    expect(source.includes('urn:iso:std:iso:ts:21496:-1')).toBe(true)
    const theirs = await pillow.ask(source, 'RGB')
    expect(meanDifference(await ours(source, false), theirs)).toBe(0)
  })

  describe.each([
    ['png', (image: Sharp) => image.png(), '640x480', { width: 256, height: 192 }],
    ['png', (image: Sharp) => image.png(), '512x700', { width: 224, height: 224 }],
    ['jpeg', (image: Sharp) => image.jpeg({ quality: 90 }), '640x480', { width: 256, height: 192 }],
    ['jpeg', (image: Sharp) => image.jpeg({ quality: 90 }), '900x600', { width: 150, height: 150 }],
    ['webp', (image: Sharp) => image.webp({ quality: 90 }), '640x480', { width: 320, height: 200 }],
  ] as const)('a %s', (_format, encode, from, scale) => {
    const [width = 0, height = 0] = from.split('x').map(Number)
    let source: Buffer

    beforeAll(async () => {
      source = await encoded({ width, height }, width + height, encode)
    })

    it.each(['lanczos', 'bicubic', 'bilinear'] as const)(
      `of ${from}, shrunk with %s, is within 0.55 levels on average`,
      async (filter) => {
        expect(await differenceFrom(source, { scale, fit: 'fill', filter })).toBeLessThan(0.55)
      },
    )
  })

  describe.each(['contain', 'cover', 'inside'] as const)('a picture laid with fit=%s', (fit) => {
    it.each([
      { width: 300, height: 300 },
      { width: 224, height: 224 },
      { width: 333, height: 101 },
      { width: 101, height: 333 },
    ])('lies where Pillow lays it, in %o', async (scale) => {
      const source = await encoded({ width: 640, height: 480 }, 21, (image) => image.png())
      const difference = await differenceFrom(source, { scale, fit, filter: 'lanczos' })
      // A picture that lies half a pixel beside is 3 to 5 levels off.
      expect(difference).toBeLessThan(1.3)
    })
  })

  async function differenceFrom(
    source: Buffer,
    options: Pick<Options, 'fit' | 'filter'> & { scale: { width: number; height: number } },
  ): Promise<number> {
    const gray = await pixelsOf(source, { ...options, grayscale: true })
    return meanDifference(gray, await pillow.ask(source, 'L', { ...options, size: options.scale }))
  }
})

async function encoded(
  size: { width: number; height: number },
  seed: number,
  encode: (image: Sharp) => Sharp,
): Promise<Buffer> {
  return encode(sharp(await asPng(textured(size, seed)))).toBuffer()
}
