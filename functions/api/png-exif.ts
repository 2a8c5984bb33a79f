import type { Body } from '../runtime/read-body.ts'
import { createBodyReader } from './body-reader.ts'

const SIGNATURE_BYTES = 8
const EXIF_CHUNK = 0x65584966 // eXIf
const END_CHUNK = 0x49454e44 // IEND

/**
 * The EXIF block of a PNG, a TIFF structure, or `undefined` where there is none. A chunk is its
 * length, its type, its data and a checksum (PNG 3, section 5.3). The body is not joined for it.
 */
export function pngExif({ chunks, byteLength }: Body): Uint8Array | undefined {
  const reader = createBodyReader(chunks)
  let at = SIGNATURE_BYTES
  while (at + 8 <= byteLength) {
    const length = reader.uint32(at)
    const type = reader.uint32(at + 4)
    if (type === EXIF_CHUNK) return reader.bytes(at + 8, length)
    if (type === END_CHUNK) return undefined
    at += 12 + length
  }
  return undefined
}
