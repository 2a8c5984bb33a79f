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
 * Bytes of a profile, of EXIF, of XMP or of IPTC; libpng has the same bound. Nothing of them comes to be in a
 * result, and each is held several times: 30 MB take 120 to 220 MB with the header, where no slot is needed.
 */
export const MAX_METADATA_BYTES = 8_000_000

/**
 * Bytes that compressed text of a PNG may unpack to, which libpng bounds for each chunk alone: 7 MB of 900
 * chunks become 2.7 GB.
 */
export const MAX_UNPACKED_TEXT_BYTES = 64_000_000

/** Scans of a JPEG. Real ones have 10 to 20; each goes over all blocks, and one of 50 megapixels has 70 bytes. */
export const MAX_SCANS = 100

/** `undecodable_image` for what no real file has. */
export function beyondLimit(format: SourceFormat, what: string): ProblemError {
  return new ProblemError('undecodable_image', `The ${format} has ${what}; export it again.`)
}

/** `undecodable_image` for a file that has ended before one of its parts. */
export function cutShort(format: SourceFormat, why: string): ProblemError {
  const detail = `The ${format} is cut short (${why}); send the whole file, or export it again.`
  return new ProblemError('undecodable_image', detail)
}

/** Throws `undecodable_image` for a block of metadata that is too large. */
export function checkMetadata(format: SourceFormat, name: string, byteLength: number): void {
  if (byteLength <= MAX_METADATA_BYTES) return
  throw beyondLimit(
    format,
    `${byteLength} bytes of metadata in ${name}, where at most ${MAX_METADATA_BYTES} are read`,
  )
}

/** Throws `undecodable_image` when there are too many frames. */
export function checkFrames(format: SourceFormat, count: number): void {
  if (count > MAX_FRAMES) throw beyondLimit(format, `more than ${MAX_FRAMES} frames or pages`)
}

/** Throws `undecodable_image` when there are too many chunks. */
export function checkChunks(format: SourceFormat, count: number): void {
  if (count > MAX_CHUNKS) throw beyondLimit(format, `more than ${MAX_CHUNKS} chunks of metadata`)
}
