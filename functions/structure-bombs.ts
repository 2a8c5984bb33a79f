/** Files that make a decoder slow or large by what they are made of, each as a stranger would send it. */
import { deflateSync } from 'node:zlib'
import {
  derivedAvif,
  jpegSegment,
  overlayOf,
  pngChunk,
  progressive,
  riff,
  tiffOf,
} from './image/test-bombs.ts'
import { fixture } from './image/test-picture.ts'

export function structureBombs(): Record<string, Buffer> {
  return {
    'WebP of 100,000 frames': webpOfFrames(100_000),
    'GIF of 1,000,000 frames': gifOfFrames(1_000_000),
    'TIFF of 100,000 pages': tiffOf({ pages: 100_000 }),
    'JPEG of 1000 scans of 50 MP': progressive({ width: 8000, height: 6250 }, 1000),
    'JPEG of 2,000,000 segments': jpegOfSegments(2_000_000),
    'PNG of 2.7 GB of text': pngOfText(900),
    'PNG of 2,000,000 chunks': pngWith(repeated(pngChunk('abCd', Buffer.alloc(0)), 2_000_000)),
    'PNG with 30 MB of EXIF': pngWith(pngChunk('eXIf', Buffer.alloc(30_000_000, 'x'))),
    'TIFF of 65,535 channels': tiffOf({ tags: [[277, 3, 1, 65_535]] }),
    'TIFF of a billion strips': tiffOf({ tags: [[273, 4, 0x3fffffff, 8]] }),
    'TIFF with a huge profile': tiffOf({ tags: [[34_675, 7, 0x3fffffff, 8]] }),
    'AVIF laid over itself 60,000 times': avifOfOverlays(60_000),
  }
}

function webpOfFrames(count: number): Buffer {
  const webp = fixture('animated.webp')
  const frameAt = webp.indexOf('ANMF')
  const frame = webp.subarray(frameAt, frameAt + 8 + webp.readUInt32LE(frameAt + 4))
  return riff(webp.subarray(12, frameAt), repeated(frame, count))
}

function gifOfFrames(count: number): Buffer {
  const screen = Buffer.from('GIF89a\x20\0\x18\0\x80\0\0\0\0\0\xff\xff\xff', 'latin1')
  const frame = Buffer.from(',\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0', 'latin1')
  return Buffer.concat([screen, repeated(frame, count)])
}

function jpegOfSegments(count: number): Buffer {
  const jpeg = fixture('gray.jpg')
  const empty = jpegSegment(0xe5, Buffer.alloc(0))
  return Buffer.concat([jpeg.subarray(0, 2), repeated(empty, count), jpeg.subarray(2)])
}

function pngOfText(count: number): Buffer {
  const packed = deflateSync(Buffer.alloc(2_990_000, 'a'))
  return pngWith(repeated(pngChunk('zTXt', Buffer.concat([Buffer.from('k\0\0'), packed])), count))
}

function pngWith(chunks: Buffer): Buffer {
  const png = fixture('palette.png')
  return Buffer.concat([png.subarray(0, 33), chunks, png.subarray(33)])
}

function avifOfOverlays(count: number): Buffer {
  const size = { width: 32, height: 24 }
  const from = Array(count).fill(1)
  return derivedAvif(size, [{ type: 'iovl', from, data: overlayOf(count, size) }])
}

function repeated(bytes: Buffer, times: number): Buffer {
  return Buffer.alloc(times * bytes.length, bytes)
}
