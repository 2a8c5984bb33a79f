import { ProblemError } from '../contract/problem.ts'
import {
  END_OF_IMAGE,
  endOfSegment,
  findFirstScan,
  nextMarker,
  START_OF_SCAN,
  standsAlone,
} from './jpeg-segments.ts'
import { checkCount, countMetadata, MAX_SCANS, MAX_SEGMENTS } from './structure-limits.ts'

/** The second byte of a marker of metadata. */
const METADATA = { first: 0xe0, last: 0xef }

/** Tables, another scan, a number of lines, a comment: what may stand between two scans. */
const BETWEEN_SCANS = [0xc4, 0xcc, 0xda, 0xdb, 0xdc, 0xdd, 0xfe]

/**
 * Throws `undecodable_image` for a JPEG of more scans than any real one has, or more segments between them,
 * and when a marker stands in its picture that may not. libjpeg takes it for the end of the data and fills
 * the rest with gray, which nobody would see in a tensor; Pillow reads on to the end, and refuses the file
 * for it.
 */
export function checkJpegScans(jpeg: Buffer): void {
  // libjpeg has found none either, and says so.
  const firstScan = findFirstScan(jpeg)
  if (firstScan === undefined) return
  const addMetadata = countMetadata('jpeg')
  let [scans, segments] = [0, 0]
  let at = nextMarker(jpeg, firstScan)
  while (at !== undefined && jpeg[at] !== END_OF_IMAGE) {
    const marker = jpeg[at] ?? 0
    let next = at + 1
    if (!standsAlone(marker)) {
      if (!mayFollow(marker)) throw damaged(marker)
      next = endOfSegment(jpeg, at)
      if (marker === START_OF_SCAN) checkCount('jpeg', ++scans, MAX_SCANS, 'scans')
      else checkCount('jpeg', ++segments, MAX_SEGMENTS, 'segments between its scans')
      addMetadata(next - at)
    }
    at = nextMarker(jpeg, next)
  }
}

function mayFollow(marker: number): boolean {
  const isMetadata = marker >= METADATA.first && marker <= METADATA.last
  return isMetadata || BETWEEN_SCANS.includes(marker)
}

function damaged(marker: number): ProblemError {
  return new ProblemError(
    'undecodable_image',
    `The jpeg is damaged (marker 0xff${marker.toString(16).padStart(2, '0')} in its picture); send the ` +
      'whole file, or export it again.',
  )
}
