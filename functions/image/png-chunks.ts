import {
  beyondLimit,
  checkChunks,
  checkMetadata,
  MAX_UNPACKED_TEXT_BYTES,
} from './structure-limits.ts'

/** Chunks that hold a profile, EXIF, or text, which may be XMP. */
const METADATA = new Set(['iCCP', 'eXIf', 'tEXt', 'zTXt', 'iTXt'])

/** Chunks with text that may be compressed. */
const PACKED_TEXT = new Set(['zTXt', 'iTXt'])

/** How far deflate goes at most, and where libpng stops. */
const MAX_UNPACKED = { factor: 1032, bytes: 8_000_000 }

/** Throws `undecodable_image` when what stands before the picture of a PNG is beyond the limits. */
export function checkPngChunks(png: Buffer): void {
  let unpackedBytes = 0
  let count = 0
  for (let at = 8; at + 12 <= png.length; ) {
    const length = png.readUInt32BE(at)
    const type = png.toString('latin1', at + 4, at + 8)
    // What stands behind is not read.
    if (type === 'IDAT') return
    checkChunks('png', ++count)
    if (METADATA.has(type)) checkMetadata('png', type, length)
    if (PACKED_TEXT.has(type)) {
      unpackedBytes += Math.min(length * MAX_UNPACKED.factor, MAX_UNPACKED.bytes)
    }
    if (unpackedBytes > MAX_UNPACKED_TEXT_BYTES) {
      const what = `text that could unpack to more than ${MAX_UNPACKED_TEXT_BYTES} bytes`
      throw beyondLimit('png', what)
    }
    at += 12 + length
  }
}
