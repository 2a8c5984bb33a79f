/** A box of ISO/IEC 14496-12: its type, and where its content begins and ends. */
export type Box = { type: string; from: number; end: number }

const HEAD_BYTES = 8
const LARGE_HEAD_BYTES = 16

/**
 * The boxes between two places. They end where libheif can read no further either: at a box that is smaller than
 * its own head, or that goes on behind what it stands in.
 */
export function* boxesBetween(file: Buffer, from: number, end: number): Generator<Box> {
  for (let at = from; at + HEAD_BYTES <= end; ) {
    const size = file.readUInt32BE(at)
    const isLarge = size === 1
    const headBytes = isLarge ? LARGE_HEAD_BYTES : HEAD_BYTES
    // None is all the rest.
    const next = at + (isLarge ? readerOf(file, at + HEAD_BYTES, end)(8) : size || end - at)
    if (next < at + headBytes) return
    const type = file.toString('latin1', at + 4, at + HEAD_BYTES)
    yield { type, from: at + headBytes, end: Math.min(next, end) }
    at = next
  }
}

/** Reads unsigned numbers of some bytes, one behind the other; 0 where what they stand in has ended. */
export function readerOf(file: Buffer, from: number, end: number): (bytes: number) => number {
  let at = from
  return (bytes) => {
    at += bytes
    if (at > end) return 0
    let value = 0
    for (let i = at - bytes; i < at; i++) value = value * 256 + (file[i] ?? 0)
    return value
  }
}
