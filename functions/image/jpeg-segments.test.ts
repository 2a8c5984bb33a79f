import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findFirstScan } from './jpeg-segments.ts'
import { readSourceHeader } from './source-header.ts'
import { jpegSegment } from './test-bombs.ts'
import { fixture } from './test-picture.ts'
import { expectRefused, TOO_MUCH_METADATA } from './test-refusal.ts'

const jpegs = readdirSync(join(import.meta.dirname, 'fixtures')).filter((name) =>
  /\.jpg$/.test(name),
)

/** A JPEG with this put before everything else in it. */
function beginning(...parts: Buffer[]): Buffer {
  const jpeg = fixture('sample.jpg')
  return Buffer.concat([jpeg.subarray(0, 2), ...parts, jpeg.subarray(2)])
}

/** This many empty APP1 segments. */
function segments(count: number): Buffer {
  return Buffer.alloc(count * 4, Buffer.from([0xff, 0xe1, 0x00, 0x02]))
}

/** What may stand between two segments: libjpeg passes over it, some of it with a warning. */
const STRAYS: [string, number[]][] = [
  ['a stray byte', [0x00]],
  ['many stray bytes', Array(1000).fill(0x41)],
  ['a stuffed zero', [0xff, 0x00]],
  ['fill bytes', [0xff, 0xff, 0xff]],
  ['fill bytes and a stuffed zero', [0xff, 0xff, 0x00]],
  ['a marker that stands alone', [0xff, 0x01]],
  ['a restart', [0xff, 0xd7]],
  ['a segment without a length', [0xff, 0xe1, 0x00, 0x00]],
]

describe('findFirstScan()', () => {
  it.each(jpegs)('finds it in %s', (name) => {
    const jpeg = fixture(name)
    const at = findFirstScan(jpeg) ?? Number.NaN
    expect(jpeg.readUInt16BE(at)).toBe(0xffda)
  })

  it('accepts hundreds of segments and fill bytes before a marker', () => {
    for (const before of [segments(900), Buffer.alloc(100_000, 0xff)]) {
      const jpeg = beginning(before)
      expect(jpeg.readUInt16BE(findFirstScan(jpeg) ?? Number.NaN)).toBe(0xffda)
    }
  })

  it.each([2, 3, 4, 5, 6, 7])('ends with a file cut to %i bytes', (bytes) => {
    expect(findFirstScan(fixture('sample.jpg').subarray(0, bytes))).toBe(undefined)
  })

  it.each([
    ['the end of the image', 0xd9],
    ['a second beginning', 0xd8],
  ])('ends where libjpeg ends: at %s', async (_what, marker) => {
    const jpeg = beginning(Buffer.from([0xff, marker]), segments(2000))
    expect(findFirstScan(jpeg)).toBe(undefined)
    await expect(readSourceHeader(jpeg)).rejects.toThrow('cut short or damaged')
  })

  it('stops 8 MB of empty segments before libjpeg keeps them in 600 MB', async () => {
    const bomb = beginning(segments(2_000_000))
    await expect(readSourceHeader(bomb)).rejects.toThrow('more than 1000 segments')
  })

  it.each(STRAYS)('finds the scan behind %s, as libjpeg does', async (_what, bytes) => {
    const jpeg = beginning(segments(3), Buffer.from(bytes))
    expect(jpeg.readUInt16BE(findFirstScan(jpeg) ?? Number.NaN)).toBe(0xffda)
    expect(await readSourceHeader(jpeg)).toMatchObject({ width: 1600, height: 1200 })
  })

  it.each(STRAYS)('stops 2,000,000 empty segments behind %s', async (_what, bytes) => {
    const bomb = beginning(segments(1), Buffer.from(bytes), segments(2_000_000))
    await expect(readSourceHeader(bomb)).rejects.toThrow('more than 1000 segments')
  })

  it.each([
    ['stray', [0x41]],
    ['fill', [0xff]],
    ['stray and fill', [0xff, 0x00, 0x41]],
  ])('stops 30 MB of %s bytes, which libjpeg passes over one by one', async (_what, unit) => {
    const bomb = beginning(segments(1), Buffer.alloc(30_000_000, Buffer.from(unit)))
    await expect(readSourceHeader(bomb)).rejects.toThrow('more than 250000 stray bytes')
    const half = Buffer.alloc(130_000, Buffer.from(unit))
    const halves = beginning(segments(1), half, segments(1), half)
    await expect(readSourceHeader(halves)).rejects.toThrow('more than 250000 stray bytes')
  })

  it('stops 33 MB of metadata', async () => {
    const comment = jpegSegment(0xfe, Buffer.alloc(65_000))
    await expect(readSourceHeader(beginning(...Array(500).fill(comment)))).rejects.toThrow(
      'more than 16000000 bytes of metadata',
    )
  })
})

describe('a JPEG made to be slow or large', () => {
  it('is refused for a profile of 16 MB in segments', async () => {
    const jpeg = fixture('gray.jpg')
    const data = Buffer.concat([
      Buffer.from('ICC_PROFILE\0\x01\xff', 'latin1'),
      Buffer.alloc(65_000),
    ])
    const profile = Array(255).fill(jpegSegment(0xe2, data))
    const bomb = Buffer.concat([jpeg.subarray(0, 2), ...profile, jpeg.subarray(2)])
    await expectRefused(bomb, TOO_MUCH_METADATA)
  })
})
