import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ProblemError } from '../contract/problem.ts'
import { checkJpegScans } from './jpeg-scans.ts'
import { findFirstScan } from './jpeg-segments.ts'
import { jpegSegment, progressive } from './test-bombs.ts'
import { fixture, randomNumbers } from './test-picture.ts'
import { pixelsOf } from './test-process.ts'
import { expectTaken } from './test-refusal.ts'

const jpegs = readdirSync(join(import.meta.dirname, 'fixtures')).filter((name) =>
  /\.jpg$/.test(name),
)

/** A JPEG with these bytes over those in the middle of its picture. */
function damagedBy(...bytes: number[]): Buffer {
  const jpeg = fixture('subsampling-444.jpg')
  jpeg.set(bytes, Math.floor(((findFirstScan(jpeg) ?? 0) + jpeg.length) / 2))
  return jpeg
}

describe('checkJpegScans()', () => {
  it.each(jpegs)('accepts %s', (name) => {
    expect(() => checkJpegScans(fixture(name))).not.toThrow()
  })

  it.each([0x02, 0x3c, 0xbf, 0xc0, 0xc8, 0xd8, 0xde, 0xf0, 0xfd])(
    'refuses the marker 0xff%i in the picture, where the rest would be gray',
    async (marker) => {
      const name = `0xff${marker.toString(16).padStart(2, '0')}`
      const damaged = damagedBy(0xff, marker)
      expect(() => checkJpegScans(damaged)).toThrow(`marker ${name} in its picture`)
      for (const mode of ['exact', 'fast'] as const) {
        const asked = pixelsOf(damaged, { mode, scale: { width: 20, height: 14 } })
        await expect(asked).rejects.toMatchObject({ code: 'undecodable_image' })
      }
    },
  )

  it.each([
    ['a stuffed zero', [0xff, 0x00]],
    ['fill bytes', [0xff, 0xff, 0xff, 0x00]],
    ['a restart', [0xff, 0xd3]],
    ['the end of the image', [0xff, 0xd9]],
  ])('leaves %s to the decoder', (_what, bytes) => {
    expect(() => checkJpegScans(damagedBy(...bytes))).not.toThrow()
  })

  it('passes over what a segment between scans holds', () => {
    const jpeg = fixture('progressive.jpg')
    const comment = Buffer.from([0xff, 0xfe, 0x00, 0x06, 0xff, 0x3c, 0xff, 0x02])
    const secondScan = jpeg.indexOf(Buffer.from([0xff, 0xda]), (findFirstScan(jpeg) ?? 0) + 2)
    const both = [jpeg.subarray(0, secondScan), comment, jpeg.subarray(secondScan)]
    expect(() => checkJpegScans(Buffer.concat(both))).not.toThrow()
  })

  it("ends with the image: what stands behind is nobody's", () => {
    const behind = Buffer.from([0xff, 0x3c])
    expect(() => checkJpegScans(Buffer.concat([fixture('gray.jpg'), behind]))).not.toThrow()
  })

  it.each([
    ['nothing', []],
    ['a stray byte', [0x00]],
    ['a marker that stands alone', [0xff, 0x01]],
    ['fill bytes', [0xff, 0xff]],
  ])('refuses thousands of scans, and a marker in the picture, behind %s', (_what, bytes) => {
    const strays = Buffer.from(bytes)
    const bomb = progressive({ width: 8000, height: 6250 }, 10_000)
    expect(() => checkJpegScans(beforeScan(bomb, strays))).toThrow('more than 100 scans')
    expect(() => checkJpegScans(beforeScan(damagedBy(0xff, 0x3c), strays))).toThrow('marker 0xff3c')
  })

  it('refuses millions of segments between two scans, which libjpeg would keep in 700 MB', () => {
    const jpeg = progressive({ width: 64, height: 64 }, 3)
    const firstScan = findFirstScan(jpeg) ?? Number.NaN
    const secondScan = jpeg.indexOf(Buffer.from([0xff, 0xda]), firstScan + 2)
    for (const segment of [
      jpegSegment(0xe1, Buffer.alloc(0)),
      jpegSegment(0xdd, Buffer.alloc(2)),
    ]) {
      const segments = Buffer.alloc(2_000_000 * segment.length, segment)
      const parts = [jpeg.subarray(0, secondScan), segments, jpeg.subarray(secondScan)]
      expect(() => checkJpegScans(Buffer.concat(parts))).toThrow('more than 1000 segments')
    }
  })

  it('ends on any bytes', () => {
    const random = randomNumbers(3)
    const outcomes = Array.from({ length: 400 }, () => {
      const jpeg = damagedBy(...Array.from({ length: 40 }, () => random() * 256))
      for (let i = 0; i < 4; i++) jpeg[2 + Math.floor(random() * 600)] = random() * 256
      const whole = random() < 0.5
      return outcomeOf(whole ? jpeg : jpeg.subarray(0, Math.floor(random() * jpeg.length)))
    })
    expect(new Set(outcomes)).toEqual(new Set([undefined, 'undecodable_image']))
  })
})

describe('a JPEG made to be slow or large', () => {
  it('is refused for thousands of scans of 50 megapixels', async () => {
    const startMs = performance.now()
    const bomb = progressive({ width: 8000, height: 6250 }, 10_000)
    await expect(pixelsOf(bomb)).rejects.toMatchObject({
      code: 'undecodable_image',
      detail: expect.stringContaining('more than 100 scans'),
    })
    expect(performance.now() - startMs).toBeLessThan(2000)
  })

  it('is taken with dozens of scans', async () => {
    await expectTaken(progressive({ width: 80, height: 60 }, 64))
  })
})

/** Nothing, or the code of what is thrown. */
function outcomeOf(jpeg: Buffer): unknown {
  try {
    checkJpegScans(jpeg)
    return undefined
  } catch (error) {
    return error instanceof ProblemError ? error.code : error
  }
}

/** A JPEG with these bytes before its first scan. */
function beforeScan(jpeg: Buffer, bytes: Buffer): Buffer {
  const at = findFirstScan(jpeg) ?? Number.NaN
  return Buffer.concat([jpeg.subarray(0, at), bytes, jpeg.subarray(at)])
}
