import { beyondLimit, checkFrames, checkMetadata, cutShort } from './structure-limits.ts'

/** Tags of the first page that hold metadata as bytes, by name. */
const METADATA = new Map([
  [700, 'XMP'],
  [33_723, 'IPTC'],
  [34_377, 'Photoshop'],
  [34_675, 'ICC'],
  [37_724, 'ImageSourceData'],
])

const COMPRESSION = 259
const TILE_OFFSETS = 324
const TILE_BYTE_COUNTS = 325

/**
 * None, CCITT, LZW, JPEG, deflate by both its numbers, NeXT, PackBits, ThunderScan, LogLuv: of another one the
 * decoder would make black tiles, and call that a warning.
 */
const COMPRESSIONS = [1, 2, 3, 4, 5, 7, 8, 32_766, 32_773, 32_809, 32_946, 34_676, 34_677]

/** As many as are looked at: 50 megapixels in the smallest tiles, of 16x16, are 200,000. */
const MOST_TILES = 1_000_000

/** The bytes of a value of each type; 0 for what is none. */
const TYPE_BYTES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8]

/** The two layouts: classic, and BigTIFF with 64-bit offsets. */
const CLASSIC = { firstAt: 4, countBytes: 2, entryBytes: 12, offsetBytes: 4 }
const BIG = { firstAt: 8, countBytes: 8, entryBytes: 20, offsetBytes: 8 }

type Layout = typeof CLASSIC

/** An unsigned number of some bytes; 0 where the file has ended. */
type ReadNumber = (at: number, bytes: number) => number

/** The values of a tag: how many, of how many bytes each, and where they are. */
type Values = { count: number; bytes: number; at: number }

/**
 * Throws `undecodable_image` when a TIFF has more pages or metadata than is allowed, or when its first one
 * has tiles that the decoder would make black. A page that comes round again ends the list, as for its decoder.
 */
export function checkTiffDirectories(tiff: Buffer): void {
  const { layout, number } = readerOf(tiff)
  const { firstAt, countBytes, entryBytes, offsetBytes } = layout
  const seen = new Set<number>()
  let at = number(firstAt, offsetBytes)
  while (at > 0 && at + countBytes <= tiff.length && !seen.has(at)) {
    const end = at + countBytes + number(at, countBytes) * entryBytes
    if (end + offsetBytes > tiff.length) return
    if (seen.size === 0) checkFirst(tiff, tagsOf(at + countBytes, end, layout, number), number)
    seen.add(at)
    checkFrames('tiff', seen.size)
    at = number(end, offsetBytes)
  }
}

function tagsOf(
  from: number,
  end: number,
  { entryBytes, offsetBytes }: Layout,
  number: ReadNumber,
): Map<number, Values> {
  const tags = new Map<number, Values>()
  for (let entry = from; entry < end; entry += entryBytes) {
    const bytes = TYPE_BYTES[number(entry + 2, 2)] ?? 0
    const count = number(entry + 4, offsetBytes)
    const valueAt = entry + 4 + offsetBytes
    // What fits stands in the place of its offset.
    const at = count * bytes <= offsetBytes ? valueAt : number(valueAt, offsetBytes)
    tags.set(number(entry, 2), { count, bytes, at })
  }
  return tags
}

function checkFirst(tiff: Buffer, tags: Map<number, Values>, number: ReadNumber): void {
  for (const [tag, name] of METADATA) {
    const { count, bytes } = tags.get(tag) ?? { count: 0, bytes: 0 }
    checkMetadata('tiff', name, count * bytes)
  }
  const compression = tags.get(COMPRESSION)
  const scheme = compression ? number(compression.at, compression.bytes) : 1
  if (!COMPRESSIONS.includes(scheme)) {
    throw beyondLimit('tiff', `a compression that is not read (${scheme})`)
  }
  const [offsets, byteCounts] = [tags.get(TILE_OFFSETS), tags.get(TILE_BYTE_COUNTS)]
  if (!offsets || !byteCounts) return
  const value = ({ at, bytes }: Values, i: number) => number(at + i * bytes, bytes)
  const count = Math.min(offsets.count, byteCounts.count, MOST_TILES)
  for (let i = 0; i < count; i++) {
    const end = value(offsets, i) + value(byteCounts, i)
    if (end > tiff.length) throw cutShort('tiff', `tile ${i + 1} ends at byte ${end}`)
  }
}

function readerOf(tiff: Buffer): { layout: Layout; number: ReadNumber } {
  const isLittle = tiff[0] === 0x49
  const short = (at: number) => (isLittle ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at))
  const number: ReadNumber = (at, bytes) => {
    if (at + bytes > tiff.length) return 0
    if (bytes === 2) return short(at)
    if (bytes === 4) return isLittle ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at)
    if (bytes === 8) return Number(isLittle ? tiff.readBigUInt64LE(at) : tiff.readBigUInt64BE(at))
    return 0
  }
  return { layout: number(2, 2) === 43 ? BIG : CLASSIC, number }
}
