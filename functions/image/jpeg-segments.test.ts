import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findFirstScan } from './jpeg-segments.ts'
import { readSourceHeader } from './source-header.ts'
import { fixture } from './test-picture.ts'

const jpegs = readdirSync(join(import.meta.dirname, 'fixtures')).filter((name) =>
  /\.jpg$/.test(name),
)

/** A JPEG with this many empty APP1 segments put before everything else in it. */
function withSegments(count: number): Buffer {
  const jpeg = fixture('sample.jpg')
  const segments = Buffer.alloc(count * 4, Buffer.from([0xff, 0xe1, 0x00, 0x02]))
  return Buffer.concat([jpeg.subarray(0, 2), segments, jpeg.subarray(2)])
}

describe('findFirstScan()', () => {
  it.each(jpegs)('finds it in %s', (name) => {
    const jpeg = fixture(name)
    const at = findFirstScan(jpeg) ?? Number.NaN
    expect(jpeg.readUInt16BE(at)).toBe(0xffda)
  })

  it('accepts hundreds of segments and fill bytes before a marker', () => {
    expect(() => findFirstScan(withSegments(900))).not.toThrow()
    const filled = Buffer.concat([Buffer.from([0xff, 0xd8]), Buffer.alloc(100_000, 0xff)])
    expect(() => findFirstScan(filled)).not.toThrow()
  })

  it.each([2, 3, 4, 5, 6, 7])('leaves a file cut to %i bytes to the decoder', (bytes) => {
    expect(() => findFirstScan(fixture('sample.jpg').subarray(0, bytes))).not.toThrow()
  })

  it('stops 8 MB of empty segments before libjpeg keeps them in 600 MB', async () => {
    const bomb = withSegments(2_000_000)
    await expect(readSourceHeader(bomb)).rejects.toThrow('more than 1000 segments')
  })
})
