const SIGNATURE_BYTES = 8
const EXIF_CHUNK = 0x65584966 // eXIf
const END_CHUNK = 0x49454e44 // IEND

/**
 * The EXIF block of a PNG, a TIFF structure, or `undefined` where there is none. A chunk is its
 * length, its type, its data and a checksum (PNG 3, section 5.3).
 */
export function pngExif(png: Buffer): Uint8Array | undefined {
  let at = SIGNATURE_BYTES
  while (at + 8 <= png.length) {
    const length = png.readUInt32BE(at)
    const type = png.readUInt32BE(at + 4)
    if (type === EXIF_CHUNK) return png.subarray(at + 8, at + 8 + length)
    if (type === END_CHUNK) return undefined
    at += 12 + length
  }
  return undefined
}
