import { checkFrames } from './structure-limits.ts'

/** The first byte of a block, by the specification of GIF89a. */
const EXTENSION = 0x21
const FRAME = 0x2c

const SCREEN = { flags: 10, end: 13 }

/** Throws `undecodable_image` when a GIF has more frames than is allowed. */
export function checkGifFrames(gif: Buffer): void {
  let frames = 0
  let at = SCREEN.end + coloursAt(gif, SCREEN.flags)
  while (gif[at] === EXTENSION || gif[at] === FRAME) {
    if (gif[at] === FRAME) {
      checkFrames('gif', ++frames)
      // Its place and size and flags, its colours, and the size of its codes.
      at = afterBlocks(gif, at + 11 + coloursAt(gif, at + 9))
    } else {
      at = afterBlocks(gif, at + 2)
    }
  }
}

/** Bytes of the table of colours that these flags announce. */
function coloursAt(gif: Buffer, at: number): number {
  const flags = gif[at] ?? 0
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0
}

/** Where the next thing stands behind a list of blocks, each behind its length; an empty one ends it. */
function afterBlocks(gif: Buffer, from: number): number {
  let at = from
  for (let length = gif[at] ?? 0; length > 0; length = gif[at] ?? 0) at += 1 + length
  return at + 1
}
