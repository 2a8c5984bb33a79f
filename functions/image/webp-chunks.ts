import { checkChunks, checkFrames, checkMetadata } from './structure-limits.ts'

/** The size of the picture, a profile, EXIF, XMP and frames: see the container's specification. */
const METADATA = new Set(['ICCP', 'EXIF', 'XMP '])
const FRAME = 'ANMF'

/** Throws `undecodable_image` when a WebP has more frames, chunks or metadata than is allowed. */
export function checkWebpChunks(webp: Buffer): void {
  let frames = 0
  let others = 0
  for (let at = 12; at + 8 <= webp.length; ) {
    const type = webp.toString('latin1', at, at + 4)
    const length = webp.readUInt32LE(at + 4)
    if (type === FRAME) checkFrames('webp', ++frames)
    else checkChunks('webp', ++others)
    if (METADATA.has(type)) checkMetadata('webp', type.trim(), length)
    at += 8 + length + (length & 1)
  }
}
