import { MAX_LOOKED_BYTES } from '../contract/announced-size.ts'
import type { Body } from '../runtime/read-body.ts'
import { createBodyReader } from './body-reader.ts'

const SIGNATURE_BYTES = 8
/** Of a chunk without data: its length, its type and a checksum. */
const CHUNK_BYTES = 12
const MAX_CHUNKS = MAX_LOOKED_BYTES / CHUNK_BYTES
const EXIF_CHUNK = 0x65584966 // eXIf
const END_CHUNK = 0x49454e44 // IEND

/**
 * The EXIF block of a PNG, a TIFF structure, or `undefined` where there is none among as many chunks as are
 * looked at. A chunk is its length, its type, its data and a checksum (PNG 3, section 5.3). The body is not
 * joined for it.
 */
export function pngExif({ chunks, byteLength }: Body): Uint8Array | undefined {
  const reader = createBodyReader(chunks)
  let at = SIGNATURE_BYTES
  for (let count = 0; at + 8 <= byteLength && count < MAX_CHUNKS; count++) {
    const length = reader.uint32(at)
    const type = reader.uint32(at + 4)
    if (type === EXIF_CHUNK) return reader.bytes(at + 8, Math.min(length, MAX_LOOKED_BYTES))
    if (type === END_CHUNK) return undefined
    at += CHUNK_BYTES + length
  }
  return undefined
}
