import { crc32 } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ResolvedOptions, Size } from '../contract/options.ts'
import { expectProblem, post, startApp, type TestApp } from './test-app.ts'
import { type Tag, tiffOf } from './test-bombs.ts'
import { asPng, fixture, flat, noise } from './test-picture.ts'
import { pngThatSays } from './test-png.ts'

let app: TestApp

beforeAll(async () => {
  app = await startApp()
})

afterAll(() => app[Symbol.asyncDispose]())

const RAW = { format: 'raw', grayscale: false } as const

/** Asks for raw RGB, and gives the bytes of the answer. */
async function rawOf(source: Buffer, options: Partial<ResolvedOptions>): Promise<Buffer> {
  const answer = await post(app, source, { options: { ...RAW, ...options } })
  expect(answer.status).toBe(200)
  return Buffer.from(await answer.arrayBuffer())
}

// The largest results take a second, and longer where a core is shared.
const PATIENT = { timeout: 30_000 }

describe('POST /process of a picture of extreme sides', PATIENT, () => {
  it.each(['1x1', '1x7', '7x1', '65535x1', '1x65535'])('takes a source of %s', async (from) => {
    const source = await asPng(flat(size(from), 'yellow'))
    for (const to of ['1x1', '1x9', '9x1', '65535x2', '2x65535']) {
      for (const filter of ['lanczos', 'nearest'] as const) {
        const pixels = await rawOf(source, { scale: size(to), filter })
        const { width, height } = size(to)
        expect(pixels.equals(Buffer.from(flat({ width, height }, 'yellow').data))).toBe(true)
      }
    }
  })

  it.each(['contain', 'cover', 'inside'] as const)(
    'lays a thin one with fit=%s in any size, in either mode',
    async (fit) => {
      for (const from of ['1x1', '65535x1', '1x65535']) {
        const source = await asPng(flat(size(from), 'yellow'))
        for (const to of ['1x1', '300x2', '2x300']) {
          for (const mode of ['exact', 'fast'] as const) {
            const pixels = await rawOf(source, { scale: size(to), fit, mode })
            // Where it is not black, it is yellow.
            const colours = new Set<string>()
            for (let at = 0; at < pixels.length; at += 3) {
              colours.add(pixels.subarray(at, at + 3).join(' '))
            }
            colours.delete('0 0 0')
            expect([...colours]).toEqual(['240 210 60'])
          }
        }
      }
    },
  )

  it('keeps a row of 65535 pixels where its size is kept', async () => {
    const row = noise({ width: 65_535, height: 1 }, 1)
    expect((await rawOf(await asPng(row), { scale: 'none' })).equals(row.data)).toBe(true)
  })

  it('refuses to enlarge a small source until the memory is full, a row beyond the largest result', async () => {
    const source = await asPng(noise({ width: 3, height: 2 }, 2))
    const largest = { width: 4000, height: 4000 }
    expect(await rawOf(source, { scale: largest })).toHaveLength(4000 * 4000 * 3)
    const options = { scale: { width: 4000, height: 4001 } }
    const { detail } = await expectProblem(await post(app, source, { options }), 422, TOO_MANY)
    expect(detail).toContain('4000x4001 = 16004000 pixels; at most 16000000')
  })

  it('makes the widest result of the smallest source', async () => {
    const source = await asPng(flat({ width: 1, height: 1 }, 'blue'))
    const scale = { width: 65_535, height: 244 }
    for (const pillow of ['12', '13'] as const) {
      const pixels = await rawOf(source, { scale, pillow })
      expect(pixels.equals(Buffer.from(flat(scale, 'blue').data))).toBe(true)
    }
  })
})

const TOO_MANY = 'too_many_pixels'

describe('POST /process of a small file made to cost much', PATIENT, () => {
  it('refuses a tall source that pillow=12 makes wide before it is low', async () => {
    const tall = await asPng(flat({ width: 20, height: 1000 }, 'red'))
    const options = { scale: { width: 65_535, height: 1 }, pillow: '12' } as const
    const { detail } = await expectProblem(await post(app, tall, { options }), 422, TOO_MANY)
    expect(detail).toContain('65535x1000 pixels on its way; at most 50000000')
  })

  it('sees the sides as they are after the orientation', async () => {
    // Stored as 1000x20, seen as 20x1000.
    const stored = turned(await asPng(flat({ width: 1000, height: 20 }, 'red')))
    const options = { scale: { width: 65_535, height: 1 }, pillow: '12' } as const
    await expectProblem(await post(app, stored, { options }), 422, TOO_MANY)
    const asStored = { ...options, orient: 'ignore' } as const
    expect((await post(app, stored, { options: asStored })).status).toBe(200)
  })

  it('makes of the thinnest source the flattest result', async () => {
    const thin = await asPng(flat({ width: 1, height: 70_000 }, 'red'))
    for (const pillow of ['12', '13'] as const) {
      const scale = { width: 65_535, height: 1 }
      const pixels = await rawOf(thin, { scale, pillow })
      expect(pixels.equals(Buffer.from(flat(scale, 'red').data))).toBe(true)
    }
  })

  it('refuses to walk billions of pixels for a crop of one', async () => {
    const thin = await asPng(flat({ width: 1, height: 65_535 }, 'red'))
    const scale = { width: 65_535, height: 65_535 }
    const crop = { width: 1, height: 1 }
    const options = { scale, crop, fit: 'short-side', filter: 'nearest' } as const
    await expectProblem(await post(app, thin, { options }), 422, TOO_MANY)
    const weighed = await rawOf(thin, { ...options, filter: 'lanczos' })
    expect([...weighed]).toEqual([210, 40, 40])
  })

  it('refuses a source that is nearly all side', async () => {
    const thin = await asPng(flat({ width: 1_000_000, height: 1 }, 'red'))
    const scale = { width: 9, height: 1 }
    const crop = { width: 5, height: 1 }
    for (const options of [
      { mode: 'exact', scale },
      { mode: 'fast', scale },
      { filter: 'nearest', scale },
      { scale: 'none', crop },
    ] as const) {
      const answer = await post(app, thin, { options })
      const { detail } = await expectProblem(answer, 422, TOO_MANY)
      expect(detail).toContain('The source is 1000000x1; its sides may have at most 262144')
    }
  })
})

describe('POST /process of a picture of many bytes for each pixel', () => {
  it('refuses 50 megapixels of five channels of 32 bits: 195 kB that would take 2.3 GB', async () => {
    const answer = await post(app, inksOf32Bits({ width: 7071, height: 7071 }))
    const { detail } = await expectProblem(answer, 422, TOO_MANY)
    expect(detail).toContain('7071x7071 with 5 channels of 32 bits = 999980820 bytes')
    expect(detail).toContain('at most 300000000')
  })

  it('takes as many bytes of a smaller one', async () => {
    expect((await post(app, inksOf32Bits({ width: 8, height: 8 }))).status).toBe(200)
  })
})

describe('POST /process of a picture whose header says more than its decoder can count', () => {
  it.each([
    ['PNG', pngThatSays({ width: 2 ** 31, height: 1 })],
    // libvips would write of it to the standard error, past the log, and take it for 1x24.
    ['AVIF', withWidth(fixture('lossless.avif'), 1_795_162_144)],
  ])('refuses a %s before it is asked', async (_format, bytes) => {
    const { detail } = await expectProblem(await post(app, bytes), 422, TOO_MANY)
    expect(detail).toContain('at most 262144')
  })
})

describe('POST /process of a picture whose header says that it has no pixels', () => {
  it.each([
    ['PNG without width', pngThatSays({ width: 0, height: 24 })],
    ['PNG without height', pngThatSays({ width: 32, height: 0 })],
    ['PNG without either', pngThatSays({ width: 0, height: 0 })],
    ['JPEG without width', withZeros(fixture('gray.jpg'), frameOf('gray.jpg') + 7)],
    ['JPEG without height', withZeros(fixture('gray.jpg'), frameOf('gray.jpg') + 5)],
    ['WebP without width', withZeros(fixture('lossy.webp'), 26)],
    ['WebP without height', withZeros(fixture('lossy.webp'), 28)],
    ['TIFF without width', withZeros(fixture('big-endian.tif'), 18)],
    ['TIFF without height', withZeros(fixture('big-endian.tif'), 30)],
    ['AVIF without width', withZeros(fixture('lossless.avif'), sizeOfAvif() + 10)],
    ['AVIF without height', withZeros(fixture('lossless.avif'), sizeOfAvif() + 14)],
  ])('refuses a %s as damaged', async (_format, bytes) => {
    for (const options of [{}, { scale: 'none' }, { mode: 'fast' }] as const) {
      await expectProblem(await post(app, bytes, { options }), 422, 'undecodable_image')
    }
  })

  it.each([
    ['without width', [6]],
    ['without height', [8]],
    ['without either', [6, 8]],
  ])('takes a GIF %s by the size of its frame, as Pillow does', async (_how, places) => {
    const gif = places.reduce((bytes, at) => withZeros(bytes, at), fixture('corners.gif'))
    const expected = await rawOf(fixture('corners.gif'), { scale: 'none' })
    expect((await rawOf(gif, { scale: 'none' })).equals(expected)).toBe(true)
  })

  it('takes a GIF with an empty frame as empty, as Pillow does', async () => {
    for (const side of [5, 7]) {
      const gif = withZeros(fixture('corners.gif'), frameOf('corners.gif') + side)
      const pixels = await rawOf(gif, { scale: 'none' })
      expect(pixels.equals(Buffer.alloc(32 * 24 * 3))).toBe(true)
    }
  })
})

/** The same bytes, but for two of 0. */
function withZeros(bytes: Buffer, at: number): Buffer {
  return Buffer.from(bytes).fill(0, at, at + 2)
}

/** Where the header of the first frame begins, with its marker. */
function frameOf(name: 'gray.jpg' | 'corners.gif'): number {
  const marker = name === 'gray.jpg' ? [0xff, 0xc0] : [0x2c, 0, 0, 0, 0]
  return fixture(name).indexOf(Buffer.from(marker))
}

/** Where the box of an AVIF that says its size has its name. */
function sizeOfAvif(): number {
  return fixture('lossless.avif').indexOf('ispe')
}

/** A TIFF of inks and alpha, each in a strip of its own, to be turned. */
function inksOf32Bits({ width, height }: Size): Buffer {
  const CHANNELS = 5
  const stripBytes = 8 * 8 * 4
  const made = (at: number) => {
    const [formatsAt, offsetsAt, countsAt] = [at + 10, at + 20, at + 40]
    const tags: Tag[] = [
      [256, 4, 1, width],
      [257, 4, 1, height],
      [258, 3, CHANNELS, at],
      [262, 3, 1, 5],
      [273, 4, CHANNELS, offsetsAt],
      [274, 3, 1, 6],
      [277, 3, 1, CHANNELS],
      [278, 4, 1, height],
      [279, 4, CHANNELS, countsAt],
      [284, 3, 1, 2],
      [338, 3, 1, 2],
      [339, 3, CHANNELS, formatsAt],
    ]
    const values = Buffer.alloc(60)
    for (let i = 0; i < CHANNELS; i++) {
      values.writeUInt16LE(32, 2 * i)
      values.writeUInt16LE(3, 10 + 2 * i)
      values.writeUInt32LE(at + values.length, 20 + 4 * i)
      values.writeUInt32LE(stripBytes, 40 + 4 * i)
    }
    return Buffer.concat([tiffOf({ tags }), values, Buffer.alloc(stripBytes)])
  }
  return made(made(0).length - 60 - stripBytes)
}

function withWidth(avif: Buffer, width: number): Buffer {
  const wide = Buffer.from(avif)
  wide.writeUInt32BE(width, sizeOfAvif() + 8)
  return wide
}

/** The same PNG with an EXIF orientation of 6. */
function turned(png: Buffer): Buffer {
  const afterHeader = 33
  const exif = Buffer.from(
    'eXIfMM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0',
    'latin1',
  )
  const length = Buffer.alloc(4)
  length.writeUInt32BE(exif.length - 4)
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32BE(crc32(exif))
  const chunk = [length, exif, checksum]
  return Buffer.concat([png.subarray(0, afterHeader), ...chunk, png.subarray(afterHeader)])
}

function size(text: string): Size {
  const [width = 0, height = 0] = text.split('x').map(Number)
  return { width, height }
}
