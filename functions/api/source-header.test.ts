import { describe, expect, it } from 'vitest'
import { requireFormat } from '../contract/source-format.ts'
import { readSourceHeader } from './source-header.ts'
import { grayPng, tiffWithOrientation } from './test-picture.ts'

/** The header of bytes that came in chunks of the given size. */
function headerOf(bytes: Buffer, chunkBytes = bytes.length) {
  const chunks: Buffer[] = []
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    chunks.push(bytes.subarray(at, at + chunkBytes))
  }
  return readSourceHeader({ chunks, byteLength: bytes.length }, requireFormat(bytes))
}

const segment = (marker: number, data: Buffer) => {
  const head = Buffer.from([0xff, marker, 0, 0])
  head.writeUInt16BE(data.length + 2, 2)
  return Buffer.concat([head, data])
}

/** The part of a JPEG before its pixels: any segments, then a frame of the given kind. */
function jpegHeader(frameMarker: number, ...segments: Buffer[]): Buffer {
  const frame = Buffer.from([8, 0x02, 0xee, 0x03, 0xe8, 1, 1, 0x11, 0]) // 1000x750, one channel
  return Buffer.concat([Buffer.from([0xff, 0xd8]), ...segments, segment(frameMarker, frame)])
}

describe('readSourceHeader()', () => {
  it('reads the size of a PNG, and its orientation from eXIf', () => {
    expect(headerOf(grayPng(40, 30))).toEqual({ width: 40, height: 30, orientation: 1 })
    const turned = grayPng(40, 30, tiffWithOrientation(6))
    expect(headerOf(turned)).toEqual({ width: 40, height: 30, orientation: 6 })
  })

  it('does not depend on how the body was cut into chunks', () => {
    const turned = grayPng(40, 30, tiffWithOrientation(8, 'II'))
    for (const bytes of [1, 7, 64]) expect(headerOf(turned, bytes)?.orientation).toBe(8)
  })

  it('finds the eXIf of a PNG behind a chunk larger than the part read first', () => {
    const png = grayPng(40, 30, tiffWithOrientation(6))
    const large = Buffer.alloc(12 + 100_000)
    large.writeUInt32BE(100_000)
    const afterHeader = 33
    const bytes = Buffer.concat([png.subarray(0, afterHeader), large, png.subarray(afterHeader)])
    for (const size of [1000, 65_536, bytes.length]) {
      expect(headerOf(bytes, size)).toEqual({ width: 40, height: 30, orientation: 6 })
    }
  })

  it('is undisturbed by a PNG whose eXIf is cut', () => {
    const png = grayPng(40, 30, tiffWithOrientation(6)).subarray(0, 45)
    for (const size of [7, 45]) expect(headerOf(png, size)).toMatchObject({ orientation: 1 })
  })

  it('is quick with megabytes of empty PNG chunks', () => {
    const bytes = Buffer.concat([grayPng(40, 30).subarray(0, 33), Buffer.alloc(32_000_000)])
    const startedMs = performance.now()
    expect(headerOf(bytes, 65_536)).toEqual({ width: 40, height: 30, orientation: 1 })
    expect(performance.now() - startedMs).toBeLessThan(1000)
  })

  it.each([
    ['baseline', 0xc0],
    ['progressive', 0xc2],
    ['arithmetic', 0xc9],
  ])('reads the size of a JPEG: %s', (_, frame) => {
    expect(headerOf(jpegHeader(frame))).toEqual({ width: 1000, height: 750, orientation: 1 })
  })

  it('reads the orientation of a JPEG from its EXIF', () => {
    const exif = Buffer.concat([Buffer.from('Exif\0\0'), tiffWithOrientation(5)])
    expect(headerOf(jpegHeader(0xc0, segment(0xe1, exif)))?.orientation).toBe(5)
  })

  it('finds the frame of a JPEG behind a profile larger than the part read first', () => {
    const profile = Array.from({ length: 5 }, () => segment(0xe2, Buffer.alloc(60_000)))
    expect(headerOf(jpegHeader(0xc0, ...profile), 65_536)).toMatchObject({ width: 1000 })
  })

  it('is undefined, and no failure, for a header that cannot be read', () => {
    expect(headerOf(Buffer.from('\xff\xd8\xff', 'latin1'))).toBeUndefined()
    expect(headerOf(grayPng(40, 30).subarray(0, 18))).toBeUndefined()
    expect(headerOf(Buffer.from('II*\0\xff\xff\xff\xff', 'latin1'))).toBeUndefined()
    expect(headerOf(Buffer.from('RIFF\0\0\0\0WEBP', 'latin1'))).toBeUndefined()
  })

  it('is quick to give up on megabytes without a frame', () => {
    const bytes = Buffer.alloc(32_000_000, 0xff)
    bytes.writeUInt16BE(0xffd8, 0)
    const startedMs = performance.now()
    expect(headerOf(bytes, 65_536)).toBeUndefined()
    expect(performance.now() - startedMs).toBeLessThan(1000)
  })

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('reads orientation %i in either byte order', (value) => {
    for (const byteOrder of ['II', 'MM'] as const) {
      const exif = Buffer.concat([Buffer.from('Exif\0\0'), tiffWithOrientation(value, byteOrder)])
      expect(headerOf(jpegHeader(0xc0, segment(0xe1, exif)))?.orientation).toBe(value)
      const png = grayPng(40, 30, tiffWithOrientation(value, byteOrder))
      expect(headerOf(png)?.orientation).toBe(value)
    }
  })
})
