import { chunkType } from './chunk-type.ts'
import { checkChunks, checkFrames, countMetadata } from './structure-limits.ts'

/** By the specification of the container: a frame, and what its picture consists of. */
const FRAME = { type: chunkType('ANMF'), headBytes: 8 + 16 }
const PICTURE = new Set(['VP8 ', 'VP8L', 'ALPH'].map(chunkType))

/** A picture has two parts at most: its colours and its alpha. */
const PICTURE_PARTS = 2

/**
 * Throws `undecodable_image` when a WebP has more frames, chunks or metadata than is allowed. The end that a
 * frame says it has counts for nothing: libwebp reads on behind its head, and takes what it does not know
 * there, or another frame, as if it stood outside.
 */
export function checkWebpChunks(webp: Buffer): void {
  const addMetadata = countMetadata('webp')
  const end = webp.length < 12 ? 0 : Math.min(webp.length, 8 + webp.readUInt32LE(4))
  let [frames, others] = [0, 0]
  let parts = 0
  for (let at = 12; at + 8 <= end; ) {
    const type = webp.readUInt32BE(at)
    const length = webp.readUInt32LE(at + 4)
    if (type === FRAME.type) {
      checkFrames('webp', ++frames)
      parts = 0
      at += FRAME.headBytes
      continue
    }
    const isPart = PICTURE.has(type) && ++parts <= PICTURE_PARTS
    if (!isPart) {
      checkChunks('webp', ++others)
      addMetadata(length)
    }
    at += 8 + length + (length & 1)
  }
}
