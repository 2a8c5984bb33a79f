import { checkCount, checkFrames, MAX_BLOCKS } from './structure-limits.ts'

/** The first byte of a block, by the specification of GIF89a. */
const EXTENSION = 0x21
const FRAME = 0x2c

const SCREEN = { flags: 10, end: 13 }

/** The label of the only extension whose blocks begin behind it, and not behind a head of some length. */
const COMMENT = 0xfe

/** From here on nsgif takes the size of the codes for an error, or for the mark of the end. */
const TOO_MANY_CODE_BITS = 12

/**
 * Throws `undecodable_image` when a GIF has more frames or blocks than is allowed. It ends where nsgif, which
 * skips by the sizes that stand in the file, and not by the specification, would end as well.
 */
export function checkGifFrames(gif: Buffer): void {
  const blocks = { count: 0 }
  let frames = 0
  let at = SCREEN.end + coloursAt(gif, SCREEN.flags)
  while (gif[at] === EXTENSION || gif[at] === FRAME) {
    if (gif[at] === FRAME) {
      // Its place and size and flags, its colours, and the size of its codes.
      const codesAt = at + 10 + coloursAt(gif, at + 9)
      if ((gif[codesAt] ?? 0) >= TOO_MANY_CODE_BITS) return
      checkFrames('gif', ++frames)
      at = afterBlocks(gif, codesAt + 1, blocks)
    } else {
      const headBytes = gif[at + 1] === COMMENT ? 2 : 3 + (gif[at + 2] ?? 0)
      at = afterBlocks(gif, at + headBytes, blocks)
    }
  }
}

/** Bytes of the table of colours that these flags announce. */
function coloursAt(gif: Buffer, at: number): number {
  const flags = gif[at] ?? 0
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0
}

/** Where the next thing stands behind a list of blocks, each behind its length; an empty one ends it. */
function afterBlocks(gif: Buffer, from: number, blocks: { count: number }): number {
  let at = from
  for (;;) {
    checkCount('gif', ++blocks.count, MAX_BLOCKS, 'blocks')
    const length = gif[at] ?? 0
    at += 1 + length
    if (length === 0) return at
  }
}
