import { checkCount, countMetadata, MAX_SEGMENTS, MAX_STRAY_BYTES } from './structure-limits.ts'

/** The second byte of a marker, whose first is 0xff: ITU-T T.81, table B.1. */
const START_OF_IMAGE = 0xd8
export const END_OF_IMAGE = 0xd9
export const START_OF_SCAN = 0xda
const TEMPORARY = 0x01
const RESTARTS = { first: 0xd0, last: 0xd7 }

/** So many bytes are looked at one by one, where a search would take longer to begin than to end. */
const NEAR_BYTES = 8

/**
 * Where the second byte of the next marker stands, at `from` or behind: exactly where libjpeg finds it, which
 * passes over any bytes that are none, stuffed zeros and fill bytes. `undefined` when there is none before
 * `end`.
 */
export function nextMarker(jpeg: Buffer, from: number, end = jpeg.length): number | undefined {
  let near = from + NEAR_BYTES
  for (let at = from; at < end; at++) {
    if (jpeg[at] !== 0xff) {
      if (at < near) continue
      // Over the many bytes of a photograph this is ten times as fast as looking at each.
      at = jpeg.indexOf(0xff, at)
      if (at < 0) return undefined
    }
    near = at + NEAR_BYTES
    while (jpeg[at] === 0xff && at < end) at++
    if (jpeg[at] !== 0 && at < end) return at
  }
  return undefined
}

/** Where the data of a segment end whose marker has its second byte at `at`. */
export function endOfSegment(jpeg: Buffer, at: number): number {
  const length = at + 3 <= jpeg.length ? jpeg.readUInt16BE(at + 1) : 0
  return at + 1 + Math.max(2, length)
}

/** Whether a marker stands alone, with no length and no data behind it. */
export function standsAlone(marker: number): boolean {
  return marker === TEMPORARY || (marker >= RESTARTS.first && marker <= RESTARTS.last)
}

/**
 * Where the first scan of a JPEG begins, or `undefined` where libjpeg finds none: at the end of the file or of
 * the image, and at a second beginning. Throws `undecodable_image` when there are more segments or more
 * metadata before the picture than is allowed.
 */
export function findFirstScan(jpeg: Buffer): number | undefined {
  const addMetadata = countMetadata('jpeg')
  let [segments, strays] = [0, 0]
  for (let from = 2; from < jpeg.length; ) {
    // A marker has two bytes, of which the first is the last that is passed over.
    const end = from + 2 + MAX_STRAY_BYTES - strays
    const at = nextMarker(jpeg, from, Math.min(end, jpeg.length)) ?? end
    if (at >= jpeg.length) return undefined
    strays += at - from - 1
    checkCount('jpeg', strays, MAX_STRAY_BYTES, 'stray bytes before its picture')
    const marker = jpeg[at] ?? 0
    if (marker === START_OF_SCAN) return at - 1
    if (marker === END_OF_IMAGE || marker === START_OF_IMAGE) return undefined
    checkCount('jpeg', ++segments, MAX_SEGMENTS, 'segments before its picture')
    from = standsAlone(marker) ? at + 1 : endOfSegment(jpeg, at)
    addMetadata(from - at)
  }
  return undefined
}
