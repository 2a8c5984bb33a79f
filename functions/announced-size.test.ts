import { Parser as AvifParser } from 'probe-image-size/lib/formats/avif.js'
import { Parser as JpegParser } from 'probe-image-size/lib/formats/jpeg.js'
import { Parser as TiffParser } from 'probe-image-size/lib/formats/tiff.js'
import { Parser as WebpParser } from 'probe-image-size/lib/formats/webp.js'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { readSourceHeader } from './api/source-header.ts'
import { announcedSize } from './contract/announced-size.ts'
import { fixture } from './image/test-picture.ts'
import { pngThatSays } from './image/test-png.ts'

describe('announcedSize()', () => {
  it.each([
    ['sample.jpg', 'jpeg', 1600, 1200],
    ['interlaced.png', 'png', 61, 43],
    ['lossy.webp', 'webp', 61, 43],
    ['corners.gif', 'gif', 32, 24],
    ['lzw.tif', 'tiff', 61, 43],
    ['lossless.avif', 'avif', 32, 24],
  ] as const)('is that of %s, a %s of %ix%i', (name, format, width, height) => {
    expect(announcedSize([fixture(name)], format)).toMatchObject({ width, height })
  })

  it('is what a bomb says', () => {
    const size = { width: 60_000, height: 60_000 }
    expect(announcedSize([pngThatSays(size)], 'png')).toEqual(size)
  })

  it.each([
    ['a file that is cut', fixture('gray.jpg').subarray(0, 60), 'jpeg'],
    ['a picture without a width', pngThatSays({ width: 0, height: 24 }), 'png'],
    ['a BigTIFF', fixture('bigtiff.tif'), 'tiff'],
  ] as const)('is not known of %s', (_what, bytes, format) => {
    expect(announcedSize([bytes], format)).toBeUndefined()
  })
})

const ENDLESS_BYTES = 33_000_000

/** A beginning, and nothing but these bytes after it. */
function endless(beginning: Buffer, repeated: string): Buffer {
  const rest = Buffer.alloc(ENDLESS_BYTES - beginning.length, repeated, 'latin1')
  return Buffer.concat([beginning, rest])
}

const FTYP = Buffer.from('\0\0\0\x18ftypavif\0\0\0\0avifmif1', 'latin1')
const META = Buffer.from('\x01\xf0\0\0meta\0\0\0\0', 'latin1')
const SOI = Buffer.from([0xff, 0xd8])
const RIFF = Buffer.from('RIFF\x00\x80\xf7\x01WEBP', 'latin1')
const FREE_BOX = '\0\0\0\x08free'

describe('a header of 33 MB', () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  it.each([
    ['an AVIF of empty boxes', 'avif', AvifParser, endless(FTYP, FREE_BOX)],
    [
      'an AVIF of empty boxes in one',
      'avif',
      AvifParser,
      endless(Buffer.concat([FTYP, META]), FREE_BOX),
    ],
    ['a WebP of empty chunks', 'webp', WebpParser, endless(RIFF, 'ABCD\0\0\0\0')],
    ['a WebP of zeros', 'webp', WebpParser, endless(RIFF, '\0')],
    ['a JPEG of empty segments', 'jpeg', JpegParser, endless(SOI, '\xff\xe1\0\x02')],
    ['a JPEG of fill bytes', 'jpeg', JpegParser, endless(SOI, '\xff')],
    [
      'a JPEG without a marker',
      'jpeg',
      JpegParser,
      endless(Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 2]), '\0'),
    ],
    [
      'a TIFF of entries',
      'tiff',
      TiffParser,
      endless(Buffer.from('MM\0*\0\0\0\x08\xff\xff', 'latin1'), '\0'),
    ],
  ] as const)(
    'that never ends is given up after 1 MB, in both functions: %s',
    (_what, format, Parser, bytes) => {
      const push = vi.spyOn(Parser.prototype, 'push')
      expect(announcedSize([bytes], format)).toBeUndefined()
      expect(
        readSourceHeader({ chunks: [bytes], byteLength: bytes.length }, format),
      ).toBeUndefined()
      const looked = push.mock.calls.reduce((sum, [part]) => sum + (part as Buffer).length, 0)
      // A number of its own, so that a higher bound is seen here.
      expect(looked).toBeLessThanOrEqual(2_000_000)
    },
  )

  it('is passed over where it is a few long chunks', () => {
    const profile = Buffer.concat([Buffer.from([0xff, 0xe2, 0xea, 0x62]), Buffer.alloc(60_000)])
    const profiles = Array.from({ length: 550 }, () => profile)
    const frame = fixture('gray.jpg').subarray(SOI.length)
    const bytes = Buffer.concat([SOI, ...profiles, frame])
    expect(announcedSize([bytes], 'jpeg')).toEqual(announcedSize([fixture('gray.jpg')], 'jpeg'))
  })
})
