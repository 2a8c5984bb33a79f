import { ProblemError } from '../contract/problem.ts'
import type { SourceFormat } from '../contract/source-format.ts'

/**
 * Frames or pages of one file, of which only the first is seen. libwebp compares each with all before it:
 * 100,000 in 5 MB keep it busy for 13 s with the header, where no deadline reaches, and the pages of a TIFF
 * of 32 MB for 7 s.
 */
export const MAX_FRAMES = 10_000

/**
 * Chunks of a PNG before its picture, or of a WebP beside its frames. Real files have fewer than a hundred;
 * two million empty ones take seconds with the header, and those of a WebP 260 MB.
 */
export const MAX_CHUNKS = 1000

/**
 * Segments of a JPEG before its picture, and as many between its scans. Real files have fewer than 600, and
 * those that carry megabytes of profile and metadata; libjpeg keeps each in memory, and two million empty
 * ones in 8 MB take 600.
 */
export const MAX_SEGMENTS = 1000

/** Bytes of a JPEG before its picture that belong to no segment. libjpeg passes over them one by one. */
export const MAX_STRAY_BYTES = 250_000

/**
 * Bytes of everything in a file that is neither picture nor frame, together, and of what is compressed also
 * what it unpacks to. Nothing of them comes to be in a result, and each is held several times: 32 MB take
 * 120 to 240 MB with the header alone. Of a TIFF it is what its tags may have beyond the bytes of the file,
 * which many can share: Photoshop writes its layers into one, which may be most of a real file. libvips lets
 * libtiff have 50 MB for them, so that those of 24 MB take 100 MB with the picture, and the largest profiles 190.
 */
export const MAX_METADATA_BYTES = 16_000_000

/**
 * Compressed bytes of the profile and the texts of a PNG, all of which are unpacked to see what they become.
 * Blocks that unpack to nothing take longest: 8 MB of them 1.5 s with the header, and these 0.2 s.
 */
export const MAX_PACKED_BYTES = 2_000_000

/** Scans of a JPEG. Real ones have 10 to 20; each goes over all blocks, and one of 50 megapixels has 70 bytes. */
export const MAX_SCANS = 100

/**
 * Blocks of a GIF, its empty ones too. Of 255 bytes each, as they are written, the largest file has 131,000.
 */
export const MAX_BLOCKS = 1_000_000

/** Chunks of the picture of a PNG. They are written with thousands of bytes each. */
export const MAX_PICTURE_CHUNKS = 1_000_000

/**
 * Bytes of a compressed picture beyond a multiple of those of its pixels. Blocks that unpack to nothing take
 * 0.2 s for each million.
 */
export const PACKED_SLACK_BYTES = 1_000_000

/** How many times as large as its pixels a picture may be that is packed, beside the slack. */
export const PACKED_FACTOR = 2

/** Bytes of the pieces of a TIFF beyond those of the file, as equal ones need to be there only once. */
export const PIECES_SLACK_BYTES = 1_000_000

/** Tags of all pages of a TIFF, which libtiff reads with the header and again with the picture. */
export const MAX_TAGS = 100_000

/** Tags of one page. libtiff sorts all that it knows for each that it does not: 4000 take a second. */
export const MAX_PAGE_TAGS = 250

/** Tiles or strips of a TIFF: 50 megapixels in the smallest, of 16x16 or of one row, are up to 262,144. */
export const MAX_PIECES = 300_000

/** `undecodable_image` for what no real file has. */
export function beyondLimit(format: SourceFormat, what: string): ProblemError {
  return new ProblemError('undecodable_image', `The ${format} has ${what}; export it again.`)
}

/** `undecodable_image` for a file that has ended before one of its parts. */
export function cutShort(format: SourceFormat, why: string): ProblemError {
  const detail = `The ${format} is cut short (${why}); send the whole file, or export it again.`
  return new ProblemError('undecodable_image', detail)
}

/** Adds up the metadata of one file, in bytes. Throws `undecodable_image` when they are more than `most`. */
export function countMetadata(
  format: SourceFormat,
  most = MAX_METADATA_BYTES,
): (byteLength: number) => void {
  let sum = 0
  return (byteLength) => {
    sum += byteLength
    checkCount(format, sum, most, 'bytes of metadata')
  }
}

/** Bytes of a compressed picture and of its pixels, and how many times as many the first may be. */
type PackedBytes = { packed: number; unpacked: number; factor?: number }

/** Throws `undecodable_image` when there are too many frames. */
export function checkFrames(format: SourceFormat, count: number): void {
  checkCount(format, count, MAX_FRAMES, 'frames or pages')
}

/** Throws `undecodable_image` when there are too many chunks. */
export function checkChunks(format: SourceFormat, count: number): void {
  checkCount(format, count, MAX_CHUNKS, 'chunks of metadata')
}

/** Throws `undecodable_image` when there are more of something than a limit, which is inclusive. */
export function checkCount(format: SourceFormat, count: number, limit: number, what: string): void {
  if (count > limit) throw beyondLimit(format, `more than ${limit} ${what}`)
}

/** Throws `undecodable_image` when what is compressed is more than `factor` times what it unpacks to. */
export function checkPackedBytes(
  format: SourceFormat,
  { packed, unpacked, factor = PACKED_FACTOR }: PackedBytes,
): void {
  if (packed <= factor * unpacked + PACKED_SLACK_BYTES) return
  throw beyondLimit(format, 'a picture that is far larger packed than unpacked')
}
