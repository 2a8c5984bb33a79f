import { checkChunks, checkFrames, checkMetadata } from './structure-limits.ts'

/** By the specification of the container: metadata, a frame with chunks of its own, and pictures. */
const METADATA = new Set(['ICCP', 'EXIF', 'XMP '])
const FRAME = { type: 'ANMF', headBytes: 8 + 16 }
const PICTURE = new Set(['VP8 ', 'VP8L', 'ALPH'])

/** Throws `undecodable_image` when a WebP has more frames, chunks or metadata than is allowed. */
export function checkWebpChunks(webp: Buffer): void {
  let frames = 0
  let others = 0
  let frameEnd = 0
  for (let at = 12; at + 8 <= webp.length; ) {
    const type = webp.toString('latin1', at, at + 4)
    const length = webp.readUInt32LE(at + 4)
    const next = at + 8 + length + (length & 1)
    const inFrame = at < frameEnd
    if (type === FRAME.type && !inFrame) {
      checkFrames('webp', ++frames)
      frameEnd = next
      at += FRAME.headBytes
    } else {
      if (!PICTURE.has(type)) checkChunks('webp', ++others)
      if (METADATA.has(type)) checkMetadata('webp', type.trim(), length)
      at = inFrame ? Math.min(next, frameEnd) : next
    }
    // What is left of a frame is too little for another chunk.
    if (at < frameEnd && at + 8 > frameEnd) at = frameEnd
  }
}
