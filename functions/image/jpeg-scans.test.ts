import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkJpegScans } from './jpeg-scans.ts'
import { findFirstScan } from './jpeg-segments.ts'
import { fixture, randomNumbers } from './test-picture.ts'
import { pixelsOf } from './test-process.ts'

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

  it('ends on any bytes', () => {
    const random = randomNumbers(3)
    for (let i = 0; i < 200; i++) {
      const jpeg = damagedBy(...Array.from({ length: 40 }, () => random() * 256))
      const cut = jpeg.subarray(0, Math.floor(random() * jpeg.length))
      try {
        checkJpegScans(cut)
      } catch (error) {
        expect(error).toMatchObject({ code: 'undecodable_image' })
      }
      expect(cut.length).toBeLessThan(jpeg.length)
    }
  })
})
