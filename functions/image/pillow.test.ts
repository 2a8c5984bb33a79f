import sharp, { type Sharp } from 'sharp'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { ResolvedOptions, Size } from '../contract/options.ts'
import type { Pixels } from './pixels.ts'
import {
  asPng,
  fixture,
  meanDifference,
  noise,
  pixelDifferences,
  randomNumbers,
  textured,
} from './test-picture.ts'
import { findPillows, isOlder, type Pillow, pillowOption, startPillow } from './test-pillow.ts'
import { pixelsOf, processed } from './test-process.ts'

declare module 'vitest' {
  // Given by vitest.config.ts.
  interface ProvidedContext {
    ci: boolean
    pillowPythons: string[]
  }
}

const pythons = findPillows(inject('pillowPythons'))
if (pythons.length === 0) {
  console.warn(
    'The comparison with Pillow is left out; to run it: apt-get install python3-pil python3-numpy',
  )
}

it.runIf(inject('ci'))('both Pillows are there where the checks of a change run', () => {
  const options = pythons.map(({ version }) => pillowOption(version))
  expect(options).toEqual(expect.arrayContaining(['12', '13']))
})

const FITS = ['fill', 'contain', 'cover', 'inside', 'short-side'] as const
const FILTERS = ['lanczos', 'bicubic', 'bilinear', 'hamming', 'box', 'nearest'] as const

/** Fixtures whose pixels do not depend on an orientation. */
const UPRIGHT_FIXTURES = [
  'animated.gif',
  'arithmetic.jpg',
  'big-endian.tif',
  'bigtiff.tif',
  'corners.gif',
  'gray-alpha.png',
  'gray.jpg',
  'icc-red-green-swapped.jpg',
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
]

const ORIENTED_FIXTURES = [
  ...[1, 2, 3, 4, 5, 6, 7, 8].map((orientation) => `orientation-${orientation}.jpg`),
  'orientation-6.png',
  'orientation-6.tif',
  'orientation-6.webp',
]

const largeJpeg = await encoded({ width: 2040, height: 1530 }, 3, (image) =>
  image.jpeg({ quality: 90 }),
)

describe.each(pythons)('mode=exact against Pillow $version', ({ python, version }) => {
  let pillow: Pillow

  beforeAll(() => {
    pillow = startPillow(python)
  })

  afterAll(() => pillow.close())

  type Job = { grayscale: boolean } & Partial<
    Pick<ResolvedOptions, 'scale' | 'fit' | 'filter' | 'crop' | 'orient'>
  >

  const isJudge = ({ width, height }: Size) => !isOlder(version) || height <= 100 * width

  /** How many channels of how many pixels differ; Infinity when not even the size is the same. */
  async function differing(source: Buffer, job: Job): Promise<number> {
    const ours = await pixelsOf(source, { ...job, mode: 'exact', pillow: pillowOption(version) })
    return pixelDifferences(ours, await pillow.pixels(source, job))
  }

  describe.each([false, true])('grayscale=%s', (grayscale) => {
    it.each(ORIENTED_FIXTURES)('turns %s as exif_transpose does', async (name) => {
      const job = { grayscale, orient: 'apply', ...shrunk('lanczos') } as const
      expect(await differing(fixture(name), job)).toBe(0)
    })

    it.each(UPRIGHT_FIXTURES)('resizes %s to the same pixels', async (name) => {
      for (const filter of FILTERS) {
        expect(await differing(fixture(name), { grayscale, ...shrunk(filter) })).toBe(0)
      }
    })

    it.each(FILTERS)('resizes a large JPEG with %s to the same pixels', async (filter) => {
      const scale = { width: 1024, height: 768 }
      expect(await differing(largeJpeg, { grayscale, scale, fit: 'fill', filter })).toBe(0)
    })

    it.each(FITS)('lays a picture as fit=%s is laid', async (fit) => {
      const source = await asPng(noise({ width: 160, height: 120 }, 8))
      for (const [width, height] of [
        [75, 75],
        [83, 25],
        [25, 83],
        [300, 210],
        [161, 119],
      ]) {
        const scale = { width: width ?? 0, height: (fit === 'short-side' ? width : height) ?? 0 }
        for (const crop of [
          'none',
          { width: 60, height: 31 },
          { width: 91, height: 200 },
        ] as const) {
          const job = { grayscale, scale, fit, crop, filter: 'bicubic' } as const
          expect(await differing(source, job), JSON.stringify(job)).toBe(0)
        }
      }
    })

    it('crops at full size', async () => {
      const source = await asPng(noise({ width: 61, height: 40 }, 5))
      for (const crop of [
        { width: 20, height: 15 },
        { width: 62, height: 7 },
      ]) {
        expect(await differing(source, { grayscale, crop })).toBe(0)
      }
    })
  })

  it.each(Array.from({ length: 24 }, (_, seed) => seed))(
    'makes the same pixels of ten random jobs, seed %i',
    async (seed) => {
      const random = randomNumbers(1000 + seed)
      for (let i = 0; i < 10; i++) {
        const from = randomSize(random)
        const job = randomJob(random)
        if (!isJudge(from)) continue
        const source = await asPng(noise(from, seed * 10 + i))
        expect(await differing(source, job), JSON.stringify(job)).toBe(0)
      }
    },
  )

  it.each(
    [
      ['1x1', '1x1'],
      ['1x1', '5x7'],
      ['1x9', '4x3'],
      ['9x1', '3x4'],
      ['1x9', '1x1'],
      ['65535x1', '1x1'],
      ['1x65535', '1x1'],
      ['65535x1', '300x3'],
      ['2x2', '65535x2'],
      ['3x700', '900x2'],
    ].filter(([from = '']) => isJudge(size(from))),
  )('makes the same pixels of %s to %s', async (from, to) => {
    const source = await asPng(noise(size(from), 4))
    for (const filter of FILTERS) {
      for (const grayscale of [false, true]) {
        const job = { grayscale, scale: size(to), fit: 'fill', filter } as const
        expect(await differing(source, job), filter).toBe(0)
      }
    }
  })

  describe.each(['uint8', 'float32', 'float16'] as const)('a tensor of %s', (dtype) => {
    it.each(['hwc', 'chw'] as const)(
      'has the values that numpy computes, in %s',
      async (layout) => {
        const source = await asPng(textured({ width: 50, height: 40 }, 2))
        for (const grayscale of [false, true]) {
          for (const [mean, std] of normalisations(dtype, grayscale)) {
            const options = { grayscale, dtype, layout, mean, std, ...shrunk('bilinear') }
            const made = { ...options, pillow: pillowOption(version) } as const
            const raw = await processed(source, { ...made, format: 'raw' })
            const expected = await pillow.tensor(source, options)
            expect(raw.info.tensor).toEqual({ shape: expected.shape, dtype, layout })
            expect(Buffer.from(raw.bytes).equals(expected.data)).toBe(true)

            const npy = await processed(source, { ...made, format: 'npy' })
            expect(await pillow.load(npy.bytes)).toEqual({ ...expected, dtype })
          }
        }
      },
    )
  })

  it.each([false, true])('saves the JPEG that Pillow saves, grayscale=%s', async (grayscale) => {
    const source = await asPng(textured({ width: 320, height: 240 }, 6))
    for (const quality of [75, 90]) {
      const job = { grayscale, ...shrunk('bicubic'), scale: { width: 224, height: 200 } }
      const pillowJob = { ...job, pillow: pillowOption(version) }
      const { bytes } = await processed(source, { ...pillowJob, format: 'jpeg', quality })
      const ours = await pillow.pixels(Buffer.from(bytes), { grayscale })
      expect(pixelDifferences(ours, await pillow.jpegPixels(source, { ...job, quality }))).toBe(0)
    }
  })

  it.each([1, 2, 3, 4])('decodes JPEGs of any size and quality alike, seed %i', async (seed) => {
    const picture = { width: 90 + 17 * seed, height: 100 - 13 * seed }
    for (const chromaSubsampling of ['4:4:4', '4:2:0']) {
      const source = await encoded(picture, seed, (image) =>
        image.jpeg({ quality: 25 * seed, chromaSubsampling, progressive: seed % 2 === 0 }),
      )
      expect(await differing(source, { grayscale: false })).toBe(0)
    }
  })

  it("reads a phone's JPEG with a gain map behind it as the JPEG that it is", async () => {
    const source = await encoded({ width: 64, height: 48 }, 3, (image) =>
      // Not in the types of sharp 0.35.
      (image.jpeg() as Sharp & { withGainMap(): Sharp }).withGainMap(),
    )
    expect(source.includes('urn:iso:std:iso:ts:21496:-1')).toBe(true)
    expect(await differing(source, { grayscale: false })).toBe(0)
  })
})

const [anyPillow] = pythons

describe.skipIf(!anyPillow)('mode=fast against Pillow', () => {
  let pillow: Pillow

  beforeAll(() => {
    pillow = startPillow(anyPillow?.python ?? '')
  })

  afterAll(() => pillow.close())
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
    options: Pick<ResolvedOptions, 'fit' | 'filter' | 'scale'>,
  ): Promise<number> {
    const job = { ...options, grayscale: true }
    const { bytes, info } = await processed(source, { ...job, mode: 'fast' })
    expect(info.mode).toBe('fast')
    const { width, height } = info
    const ours: Pixels = { data: Uint8Array.from(bytes), width, height, channels: 1 }
    return meanDifference(ours, await pillow.pixels(source, job))
  }
})

async function encoded(size: Size, seed: number, encode: (image: Sharp) => Sharp): Promise<Buffer> {
  return encode(sharp(await asPng(textured(size, seed)))).toBuffer()
}

/** A size that no turning and no halving maps onto that of a fixture. */
function shrunk(filter: ResolvedOptions['filter']) {
  return { scale: { width: 19, height: 13 }, fit: 'fill', filter } as const
}

function normalisations(
  dtype: ResolvedOptions['dtype'],
  grayscale: boolean,
): [number[], number[]][] {
  if (dtype === 'uint8') return [[[0], [1]]]
  const one: [number[], number[]][] = [
    [[0], [1]],
    [[0.1307], [0.3081]],
  ]
  const three: [number[], number[]][] = [
    [
      [0.485, 0.456, 0.406],
      [0.229, 0.224, 0.225],
    ],
    [[0.48145466, 0.4578275, 0.40821073], [0.26862954]],
  ]
  return grayscale ? one : [...one, ...three]
}

function randomSize(random: () => number): Size {
  // Mostly small, so that sides of one to a few pixels come up often.
  const side = () => 1 + Math.floor(random() ** 2 * 300)
  return { width: side(), height: side() }
}

function randomJob(random: () => number) {
  const pick = <Value>(values: readonly Value[]) =>
    values[Math.floor(random() * values.length)] as Value
  const fit = pick(FITS)
  const { width, height } = randomSize(random)
  return {
    grayscale: random() < 0.5,
    scale: { width, height: fit === 'short-side' ? width : height },
    fit,
    filter: pick(FILTERS),
    crop: random() < 0.3 ? randomSize(random) : ('none' as const),
  }
}

function size(text: string): Size {
  const [width = 0, height = 0] = text.split('x').map(Number)
  return { width, height }
}
