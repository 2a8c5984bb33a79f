import { ProblemError } from '../contract/problem.ts'
import { findFirstScan } from './jpeg-segments.ts'
import { beyondLimit, MAX_SCANS } from './structure-limits.ts'

/** The second byte of a marker, whose first is 0xff: ITU-T T.81, table B.1. */
const END_OF_IMAGE = 0xd9
const START_OF_SCAN = 0xda
const RESTARTS = { first: 0xd0, last: 0xd7 }
const METADATA = { first: 0xe0, last: 0xef }

/** Neither ends anything nor has a length: a stuffed zero, a marker without meaning, a fill byte. */
const WITHOUT_LENGTH = [0x00, 0x01, 0xff]

/** Tables, another scan, a number of lines, a comment: what may stand between two scans. */
const BETWEEN_SCANS = [0xc4, 0xcc, 0xda, 0xdb, 0xdc, 0xdd, 0xfe]

/**
 * Throws `undecodable_image` for a JPEG of more scans than any real one has, and when a marker stands in its
 * picture that may not. libjpeg takes it
 * for the end of the data and fills the rest with gray, which nobody would see in a tensor; Pillow reads on
 * to the end, and refuses the file for it.
 */
export function checkJpegScans(jpeg: Buffer): void {
  const firstScan = findFirstScan(jpeg)
  if (firstScan === undefined) return
  let scans = 0
  // Finding the next 0xff is ten times as fast as looking at each byte.
  for (let at = firstScan; at >= 0 && at + 1 < jpeg.length; at = jpeg.indexOf(0xff, at)) {
    const marker = jpeg[at + 1] ?? 0
    if (marker === END_OF_IMAGE) return
    if (marker === START_OF_SCAN && ++scans > MAX_SCANS) {
      throw beyondLimit('jpeg', `more than ${MAX_SCANS} scans`)
    }
    if (hasLength(marker)) at += 2 + lengthAt(jpeg, at + 2)
    else if (isPassedOver(marker)) at += 1
    else throw damaged(marker)
  }
}

function hasLength(marker: number): boolean {
  const isMetadata = marker >= METADATA.first && marker <= METADATA.last
  return isMetadata || BETWEEN_SCANS.includes(marker)
}

function isPassedOver(marker: number): boolean {
  const isRestart = marker >= RESTARTS.first && marker <= RESTARTS.last
  return isRestart || WITHOUT_LENGTH.includes(marker)
}

function lengthAt(jpeg: Buffer, at: number): number {
  return at + 2 <= jpeg.length ? jpeg.readUInt16BE(at) : 0
}

function damaged(marker: number): ProblemError {
  return new ProblemError(
    'undecodable_image',
    `The jpeg is damaged (marker 0xff${marker.toString(16).padStart(2, '0')} in its picture); send the ` +
      'whole file, or export it again.',
  )
}
