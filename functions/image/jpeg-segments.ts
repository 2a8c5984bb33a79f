import { ProblemError } from '../contract/problem.ts'

/**
 * Segments of a JPEG before its picture. Real files have fewer than 600, and those that carry megabytes
 * of profile and metadata; libjpeg keeps each in memory, and two million empty ones in 8 MB take 600.
 */
const MAX_SEGMENTS = 1000

const START_OF_SCAN = 0xda

/**
 * Where the first scan of a JPEG begins, or `undefined` where it has none that can be found: the decoder
 * will say what is wrong with it. Throws `undecodable_image` when there are more segments before the
 * picture than any real file has.
 */
export function findFirstScan(jpeg: Buffer): number | undefined {
  let at = 2
  for (let count = 0; count <= MAX_SEGMENTS; count++) {
    while (jpeg[at] === 0xff && jpeg[at + 1] === 0xff) at++ // fill bytes may stand before a marker
    if (jpeg[at] !== 0xff || at + 4 > jpeg.length) return undefined
    if (jpeg[at + 1] === START_OF_SCAN) return at
    at += 2 + jpeg.readUInt16BE(at + 2)
  }
  throw new ProblemError(
    'undecodable_image',
    `The jpeg has more than ${MAX_SEGMENTS} segments before its picture; export it again.`,
  )
}
