import { checkFrames, checkMetadata } from './structure-limits.ts'

/** Tags of the first page that hold metadata as bytes, by name. */
const METADATA: Record<number, string> = {
  700: 'XMP',
  33723: 'IPTC',
  34377: 'Photoshop',
  34675: 'ICC',
  37724: 'ImageSourceData',
}

/** The bytes of a value of each type; 0 for what is none. */
const TYPE_BYTES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8]

/** The two layouts: classic, and BigTIFF with 64-bit offsets. */
const CLASSIC = { firstAt: 4, countBytes: 2, entryBytes: 12, offsetBytes: 4 }
const BIG = { firstAt: 8, countBytes: 8, entryBytes: 20, offsetBytes: 8 }

/**
 * Throws `undecodable_image` when a TIFF has more pages or metadata than is allowed. A page that comes round
 * again ends the list, as for its decoder.
 */
export function checkTiffDirectories(tiff: Buffer): void {
  const { layout, number } = readerOf(tiff)
  const { firstAt, countBytes, entryBytes, offsetBytes } = layout
  const seen = new Set<number>()
  let at = number(firstAt, offsetBytes)
  while (at > 0 && at + countBytes <= tiff.length && !seen.has(at)) {
    seen.add(at)
    checkFrames('tiff', seen.size)
    const entries = at + countBytes
    const end = entries + number(at, countBytes) * entryBytes
    if (end + offsetBytes > tiff.length) return
    for (let entry = entries; entry < end && seen.size === 1; entry += entryBytes) {
      const name = METADATA[number(entry, 2)]
      const values = number(entry + 4, offsetBytes)
      if (name) checkMetadata('tiff', name, values * (TYPE_BYTES[number(entry + 2, 2)] ?? 0))
    }
    at = number(end, offsetBytes)
  }
}

function readerOf(tiff: Buffer) {
  const isLittle = tiff[0] === 0x49
  const short = (at: number) => (isLittle ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at))
  const layout = tiff.length > 4 && short(2) === 43 ? BIG : CLASSIC
  /** An unsigned number; 0 where the file has ended. */
  const number = (at: number, bytes: number): number => {
    if (at + bytes > tiff.length) return 0
    if (bytes === 2) return short(at)
    if (bytes === 4) return isLittle ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at)
    return Number(isLittle ? tiff.readBigUInt64LE(at) : tiff.readBigUInt64BE(at))
  }
  return { layout, number }
}
