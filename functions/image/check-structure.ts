import type { SourceFormat } from '../contract/source-format.ts'
import { checkGifFrames } from './gif-frames.ts'
import { checkJpegSegments } from './jpeg-segments.ts'
import { checkPngChunks } from './png-chunks.ts'
import { checkTiffDirectories } from './tiff-directories.ts'
import { checkWebpChunks } from './webp-chunks.ts'

/**
 * How each container is looked at before a decoder reads even its header: that has no deadline and no
 * slot, and a few megabytes can keep it busy for a minute or fill gigabytes. What these do not
 * understand they leave to the decoder, which will say what is wrong.
 */
const CHECKS: Record<SourceFormat, (source: Buffer) => void> = {
  jpeg: checkJpegSegments,
  png: checkPngChunks,
  webp: checkWebpChunks,
  gif: checkGifFrames,
  tiff: checkTiffDirectories,
  // libheif has limits of its own: items, tiles, references, the pixels of all tiles and overlays.
  avif: () => {},
}

/** Throws `undecodable_image` when a source has more frames, chunks or metadata than is allowed. */
export function checkStructure(source: Buffer, format: SourceFormat): void {
  CHECKS[format](source)
}
