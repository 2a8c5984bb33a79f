import type { SourceFormat } from '../contract/source-format.ts'
import { checkAvifItems } from './avif-items.ts'
import { checkGifFrames } from './gif-frames.ts'
import { findFirstScan } from './jpeg-segments.ts'
import { checkPngChunks } from './png-chunks.ts'
import { checkTiffDirectories } from './tiff-directories.ts'
import { checkWebpChunks } from './webp-chunks.ts'

/**
 * How each container is looked at before a decoder reads even its header: a few megabytes can keep that busy
 * for a minute or fill gigabytes. A walk goes exactly where its decoder goes, or refuses the file. Where it
 * ends, the decoder has ended too: what it passed over on the way, and the decoder does not, would have no
 * limit at all. Most take some 20 ms at most, whatever 33 MB of bytes are; unpacking the texts of a PNG takes
 * up to 0.2 s.
 */
const CHECKS: Record<SourceFormat, (source: Buffer) => void> = {
  jpeg: findFirstScan,
  png: checkPngChunks,
  webp: checkWebpChunks,
  gif: checkGifFrames,
  tiff: checkTiffDirectories,
  // libheif has limits of its own: items, tiles, references, the pixels of all tiles and overlays. It has
  // none for bytes that many items share but 2 GB.
  avif: checkAvifItems,
}

/** Throws `undecodable_image` when a source has more frames, chunks or metadata than is allowed. */
export function checkStructure(source: Buffer, format: SourceFormat): void {
  CHECKS[format](source)
}
