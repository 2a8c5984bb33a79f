import { beyondLimit, checkMetadata } from './structure-limits.ts'

/**
 * Segments of a JPEG before its picture. Real files have fewer than 600, and those that carry megabytes
 * of profile and metadata; libjpeg keeps each in memory, and two million empty ones in 8 MB take 600.
 */
export const MAX_SEGMENTS = 1000

const START_OF_SCAN = 0xda

const PROFILE = { marker: 0xe2, name: Buffer.from('ICC_PROFILE\0') }

/**
 * Where the first scan of a JPEG begins, or `undefined` where it has none that can be found: the decoder
 * will say what is wrong with it. Throws `undecodable_image` when there are more segments before the
 * picture than any real file has.
 */
export function findFirstScan(jpeg: Buffer): number | undefined {
  return walk(jpeg, () => {})
}

/** The same limit, and those of metadata: a profile comes in up to 255 segments. */
export function checkJpegSegments(jpeg: Buffer): void {
  let profileBytes = 0
  walk(jpeg, (marker, at, length) => {
    if (marker !== PROFILE.marker || !PROFILE.name.equals(jpeg.subarray(at, at + 12))) return
    profileBytes += length
    checkMetadata('jpeg', 'ICC', profileBytes)
  })
}

/** Where the first scan begins; tells of each segment before it: its marker, where its data are, how many. */
function walk(
  jpeg: Buffer,
  onSegment: (marker: number, at: number, length: number) => void,
): number | undefined {
  let at = 2
  for (let count = 0; count <= MAX_SEGMENTS; count++) {
    while (jpeg[at] === 0xff && jpeg[at + 1] === 0xff) at++ // fill bytes may stand before a marker
    if (jpeg[at] !== 0xff || at + 4 > jpeg.length) return undefined
    if (jpeg[at + 1] === START_OF_SCAN) return at
    const length = jpeg.readUInt16BE(at + 2)
    onSegment(jpeg[at + 1] ?? 0, at + 4, length)
    at += 2 + length
  }
  throw beyondLimit('jpeg', `more than ${MAX_SEGMENTS} segments before its picture`)
}
