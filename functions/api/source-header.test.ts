import { describe, expect, it, vi } from 'vitest'
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

function jpegWithFrameAtItsEnd(bytes: number): Buffer {
  const exif = segment(0xe1, Buffer.concat([Buffer.from('Exif\0\0'), tiffWithOrientation(6)]))
  const profile = segment(0xe2, Buffer.alloc(60_000))
  const profiles = Array.from({ length: Math.ceil(bytes / profile.length) }, () => profile)
  return jpegHeader(0xc0, exif, ...profiles)
}

function webpWithExifAtItsEnd(bytes: number): Buffer {
  const chunk = (name: string, data: Buffer) => {
    const head = Buffer.from(`${name}\0\0\0\0`)
    head.writeUInt32LE(data.length, 4)
    return Buffer.concat([head, data])
  }
  const canvas = Buffer.from([8, 0, 0, 0, 0xe7, 3, 0, 0xed, 2, 0]) // 1000x750, with EXIF
  const chunks = [
    chunk('VP8X', canvas),
    chunk('VP8 ', Buffer.alloc(bytes)),
    chunk('EXIF', tiffWithOrientation(3)),
  ]
  return chunk('RIFF', Buffer.concat([Buffer.from('WEBP'), ...chunks]))
}

function tiffWithDirectoryAtItsEnd(bytes: number): Buffer {
  const head = Buffer.from('MM\0*\0\0\0\0', 'latin1')
  head.writeUInt32BE(head.length + bytes, 4)
  const entries = [
    [0x0100, 1000],
    [0x0101, 750],
    [0x0112, 8],
  ].map(([tag = 0, value = 0]) => {
    const entry = Buffer.from([0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0])
    entry.writeUInt16BE(tag)
    entry.writeUInt16BE(value, 8)
    return entry
  })
  return Buffer.concat([head, Buffer.alloc(bytes), Buffer.from([0, entries.length]), ...entries])
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

  it('looks for the eXIf of a PNG behind 1 MB of empty chunks at most', () => {
    const png = grayPng(40, 30, tiffWithOrientation(6))
    const behind = (count: number) =>
      headerOf(Buffer.concat([png.subarray(0, 33), Buffer.alloc(12 * count), png.subarray(33)]))
    expect(behind(80_000)).toMatchObject({ orientation: 6 })
    expect(behind(2_700_000)).toEqual({ width: 40, height: 30, orientation: 1 })
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

  it.each([
    ['a WebP, its EXIF', webpWithExifAtItsEnd, 3],
    ['a TIFF, its directory', tiffWithDirectoryAtItsEnd, 8],
    ['a JPEG, its frame', jpegWithFrameAtItsEnd, 6],
  ])('joins nothing of a large body to find %s', (_, create, orientation) => {
    const bytes = create(30_000_000)
    const concat = vi.spyOn(Buffer, 'concat')
    expect(headerOf(bytes, 65_536)).toEqual({ width: 1000, height: 750, orientation })
    for (const { value } of concat.mock.results) expect(value.length).toBeLessThan(1000)
    concat.mockRestore()
    for (const size of [1000, bytes.length]) {
      expect(headerOf(bytes, size)).toEqual({ width: 1000, height: 750, orientation })
    }
  })

  it.each([1, 5, 12])('reads headers that come in pieces of %i bytes', (size) => {
    for (const create of [webpWithExifAtItsEnd, tiffWithDirectoryAtItsEnd, jpegWithFrameAtItsEnd]) {
      expect(headerOf(create(1000), size)).toEqual(headerOf(create(1000)))
    }
  })

  it('is undisturbed by a TIFF whose directory is cut or outside', () => {
    const tiff = tiffWithDirectoryAtItsEnd(100)
    for (let length = 8; length < tiff.length; length++) {
      expect(() => headerOf(tiff.subarray(0, length), 7)).not.toThrow()
    }
  })

  it('is undefined, and no failure, for a header that cannot be read', () => {
    expect(headerOf(Buffer.from('\xff\xd8\xff', 'latin1'))).toBeUndefined()
    expect(headerOf(grayPng(40, 30).subarray(0, 18))).toBeUndefined()
    expect(headerOf(Buffer.from('II*\0\xff\xff\xff\xff', 'latin1'))).toBeUndefined()
    expect(headerOf(Buffer.from('RIFF\0\0\0\0WEBP', 'latin1'))).toBeUndefined()
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
