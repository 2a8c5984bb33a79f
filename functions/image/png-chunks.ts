import { inflateSync } from 'node:zlib'
import { chunkType } from './chunk-type.ts'
import {
  checkChunks,
  checkCount,
  checkPackedBytes,
  countMetadata,
  MAX_PACKED_BYTES,
  MAX_PICTURE_CHUNKS,
} from './structure-limits.ts'

const PICTURE = chunkType('IDAT')
const PROFILE = chunkType('iCCP')
const PACKED_TEXT = chunkType('zTXt')
const ANY_TEXT = chunkType('iTXt')

/** How far deflate goes at most, and where libpng stops. */
const MAX_UNPACKED = { factor: 1032, bytes: 8_000_000 }

/** Throws `undecodable_image` when what stands before the picture of a PNG is beyond the limits. */
export function checkPngChunks(png: Buffer): void {
  const addMetadata = countMetadata('png')
  let [chunks, packedBytes] = [0, 0]
  for (let at = 8; at + 12 <= png.length; ) {
    const length = png.readUInt32BE(at)
    const type = png.readUInt32BE(at + 4)
    // What stands behind the picture is not read.
    if (type === PICTURE) {
      checkPicture(png, at)
      return
    }
    checkChunks('png', ++chunks)
    const data = png.subarray(at + 8, at + 8 + length)
    const packed = packedIn(type, data)
    packedBytes += packed.length
    checkCount('png', packedBytes, MAX_PACKED_BYTES, 'bytes of compressed metadata')
    addMetadata(data.length + unpackedBytes(packed))
    at += 12 + length
  }
}

/** Samples of a pixel by the type of its colours: gray, RGB, palette, gray with alpha, RGB with alpha. */
const SAMPLES = [1, 0, 3, 1, 2, 0, 4]

/** Throws `undecodable_image` for a picture of far more bytes than its pixels. */
function checkPicture(png: Buffer, from: number): void {
  let [chunks, bytes] = [0, 0]
  for (let at = from; at + 12 <= png.length && png.readUInt32BE(at + 4) === PICTURE; ) {
    checkCount('png', ++chunks, MAX_PICTURE_CHUNKS, 'chunks of its picture')
    const length = png.readUInt32BE(at)
    bytes += length
    at += 12 + length
  }
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)]
  const bits = (png[24] ?? 0) * (SAMPLES[png[25] ?? 0] ?? 0)
  const unpacked = height * (1 + Math.ceil((width * bits) / 8))
  checkPackedBytes('png', { packed: bytes, unpacked })
}

const NOTHING = Buffer.alloc(0)

/** What of a chunk libpng unpacks; nothing of most. */
function packedIn(type: number, data: Buffer): Buffer {
  if (type !== PROFILE && type !== PACKED_TEXT && type !== ANY_TEXT) return NOTHING
  // A keyword, which a zero ends, and the method, of which there is one.
  const methodAt = data.indexOf(0) + 1
  if (type !== ANY_TEXT) return data.subarray(methodAt + 1)
  const isPacked = data[methodAt] !== 0
  if (!isPacked) return NOTHING
  // A language and a keyword in that.
  const keywordAt = data.indexOf(0, methodAt + 2) + 1
  return data.subarray(data.indexOf(0, keywordAt) + 1)
}

/**
 * How much comes of compressed bytes, up to where libpng stops; of damaged ones, which it unpacks as well, the
 * most that can. So few are let through to here that the slowest, which unpack to nothing, take 0.2 s.
 */
function unpackedBytes(packed: Buffer): number {
  if (packed.length === 0) return 0
  try {
    return inflateSync(packed, { maxOutputLength: MAX_UNPACKED.bytes }).length
  } catch {
    return Math.min(packed.length * MAX_UNPACKED.factor, MAX_UNPACKED.bytes)
  }
}
