const ORIENTATION_TAG = 0x0112
const SHORT = 3
const ENTRY_BYTES = 12

/**
 * The orientation (1 to 8) in the first directory of a TIFF structure, which is what a TIFF file and
 * every EXIF block are; `undefined` where there is none, or for a BigTIFF. TIFF 6.0, section 2.
 */
export function tiffOrientation(tiff: Uint8Array): number | undefined {
  if (tiff.length < 8) return undefined
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength)
  const littleEndian = view.getUint16(0) === 0x4949
  const directory = view.getUint32(4, littleEndian)
  if (directory + 2 > tiff.length) return undefined
  const entries = view.getUint16(directory, littleEndian)
  for (let i = 0; i < entries; i++) {
    const at = directory + 2 + i * ENTRY_BYTES
    if (at + ENTRY_BYTES > tiff.length) return undefined
    if (view.getUint16(at, littleEndian) !== ORIENTATION_TAG) continue
    if (view.getUint16(at + 2, littleEndian) !== SHORT) return undefined
    const value = view.getUint16(at + 8, littleEndian)
    return value >= 1 && value <= 8 ? value : undefined
  }
  return undefined
}
