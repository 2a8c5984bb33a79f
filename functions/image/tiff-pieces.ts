import {
  beyondLimit,
  checkCount,
  checkPackedBytes,
  cutShort,
  MAX_PIECES,
  PACKED_FACTOR,
  PIECES_SLACK_BYTES,
} from './structure-limits.ts'
import type { Directory, TiffFile, Values } from './tiff-file.ts'

const WIDTH = 256
const HEIGHT = 257
const BITS_PER_SAMPLE = 258
const COMPRESSION = 259
const SAMPLES_PER_PIXEL = 277
const ROWS_PER_STRIP = 278
const PLANAR_CONFIGURATION = 284
const TILE_WIDTH = 322
const TILE_HEIGHT = 323

/** Of tiles and of strips: libtiff takes either for both. */
const OFFSETS = [324, 273]
const BYTE_COUNTS = [325, 279]

/**
 * None, CCITT, LZW, JPEG, deflate by both its numbers, NeXT, PackBits, ThunderScan, LogLuv: of another one the
 * decoder would make black tiles, and call that a warning.
 */
const COMPRESSIONS = [1, 2, 3, 4, 5, 7, 8, 32_766, 32_773, 32_809, 32_946, 34_676, 34_677]

const TAGS = new Set([
  WIDTH,
  HEIGHT,
  BITS_PER_SAMPLE,
  COMPRESSION,
  SAMPLES_PER_PIXEL,
  ROWS_PER_STRIP,
  PLANAR_CONFIGURATION,
  TILE_WIDTH,
  TILE_HEIGHT,
  ...OFFSETS,
  ...BYTE_COUNTS,
])

const PLAIN = 1

/**
 * Made for the long runs of a text: where it is dithered, as the photographs of a scanned page, each pixel of one
 * bit takes three to six, and never more than eight.
 */
const CCITT = new Set([2, 3, 4])
const CCITT_FACTOR = 8

const SEPARATE = 2

/** A number that the page tells, or what it is where the page does not. */
type NumberOf = (tag: number, byDefault: number) => number

/**
 * Throws `undecodable_image` when the pieces of a page, tiles or strips, have far more bytes together than the
 * file or than its pixels, and where its decoder would make black ones: when the page is compressed in a way
 * that it does not read, and when tiles are missing. A tag that is there twice is the first of both, as for
 * libtiff.
 */
export function checkPieces(file: TiffFile, page: Directory): void {
  const values = file.valuesOf(page, TAGS)
  const numberOf = numbersOf(file, values)
  const compression = numberOf(COMPRESSION, 1)
  if (!COMPRESSIONS.includes(compression)) {
    throw beyondLimit('tiff', `a compression that is not read (${compression})`)
  }
  const byteCounts = listOf(values, BYTE_COUNTS)
  const packed = sumOf(file, byteCounts)
  // What has no tiles has strips, and of those libtiff says what is missing.
  const hasTiles = isTiled(numberOf)
  if (hasTiles) checkTiles(file, tilesOf(numberOf), listOf(values, OFFSETS), byteCounts)
  if (compression === PLAIN) return
  const factor = CCITT.has(compression) ? CCITT_FACTOR : PACKED_FACTOR
  checkPackedBytes('tiff', { packed, unpacked: unpackedBytes(numberOf, hasTiles), factor })
}

/** Tiles or strips that a page should have, beyond those of its list: libtiff makes a list of all, for each page. */
export function missingPieces(file: TiffFile, page: Directory): number {
  const values = file.valuesOf(page, TAGS)
  const numberOf = numbersOf(file, values)
  const told = Math.min(...[OFFSETS, BYTE_COUNTS].map((tags) => listOf(values, tags)?.count ?? 0))
  const pieces = isTiled(numberOf) ? tilesOf(numberOf) : stripsOf(numberOf)
  return Math.max(0, pieces - told)
}

function numbersOf(file: TiffFile, values: ReadonlyMap<number, Values>): NumberOf {
  return (tag, byDefault) => {
    const found = values.get(tag)
    return found ? file.number(found.at, found.bytes) : byDefault
  }
}

function isTiled(numberOf: NumberOf): boolean {
  return numberOf(TILE_WIDTH, -1) >= 0 || numberOf(TILE_HEIGHT, -1) >= 0
}

/** The bytes of all pixels, also of those of tiles that reach over the edges. */
function unpackedBytes(numberOf: NumberOf, hasTiles: boolean): number {
  const pixels = hasTiles
    ? tilesOf(numberOf) * numberOf(TILE_WIDTH, 0) * numberOf(TILE_HEIGHT, 0)
    : numberOf(WIDTH, 0) * numberOf(HEIGHT, 0)
  return (pixels * numberOf(SAMPLES_PER_PIXEL, 1) * numberOf(BITS_PER_SAMPLE, 1)) / 8
}

/** The list that is told under one of these tags. Under both libtiff takes one, but which? */
function listOf(values: ReadonlyMap<number, Values>, tags: readonly number[]): Values | undefined {
  const [list, other] = tags.flatMap((tag) => values.get(tag) ?? [])
  if (other) throw beyondLimit('tiff', 'both tiles and strips')
  return list
}

/** The bytes of all pieces together, which are not many more than the file has. */
function sumOf(file: TiffFile, byteCounts: Values | undefined): number {
  const count = byteCounts?.count ?? 0
  checkCount('tiff', count, MAX_PIECES, 'tiles or strips')
  let sum = 0
  for (let i = 0; i < count; i++) sum += valueAt(file, byteCounts, i)
  const most = file.byteLength + PIECES_SLACK_BYTES
  // Of a single strip libtiff knows better.
  if (count === 1) return Math.min(sum, file.byteLength)
  checkCount('tiff', sum, most, 'bytes of tiles or strips')
  return sum
}

function tilesOf(numberOf: NumberOf): number {
  const across = Math.ceil(numberOf(WIDTH, 0) / numberOf(TILE_WIDTH, 0))
  const down = Math.ceil(numberOf(HEIGHT, 0) / numberOf(TILE_HEIGHT, 0))
  const tiles = across * down * planesOf(numberOf)
  // Where a side is missing there is no number of them.
  return Number.isNaN(tiles) ? Infinity : tiles
}

function stripsOf(numberOf: NumberOf): number {
  const height = numberOf(HEIGHT, 0)
  const rows = numberOf(ROWS_PER_STRIP, 0) || height
  return height === 0 ? 0 : Math.ceil(height / rows) * planesOf(numberOf)
}

/** How often all pixels have pieces: once, or for each of their samples. */
function planesOf(numberOf: NumberOf): number {
  const isSeparate = numberOf(PLANAR_CONFIGURATION, 1) === SEPARATE
  return isSeparate ? numberOf(SAMPLES_PER_PIXEL, 1) : 1
}

function checkTiles(
  file: TiffFile,
  tiles: number,
  offsets: Values | undefined,
  byteCounts: Values | undefined,
): void {
  checkCount('tiff', tiles, MAX_PIECES, 'tiles or strips')
  for (let i = 0; i < tiles; i++) {
    const at = valueAt(file, offsets, i)
    const bytes = valueAt(file, byteCounts, i)
    if (at === 0 || bytes === 0) throw cutShort('tiff', `tile ${i + 1} of ${tiles} is not there`)
    if (at + bytes > file.byteLength) {
      throw cutShort('tiff', `tile ${i + 1} ends at byte ${at + bytes}`)
    }
  }
}

/** One value of a list; 0 where it has fewer. */
function valueAt({ number }: TiffFile, list: Values | undefined, i: number): number {
  return list && i < list.count ? number(list.at + i * list.bytes, list.bytes) : 0
}
