import type { Body } from '../runtime/read-body.ts'

const SIGNATURE_BYTES = 8
const EXIF_CHUNK = 0x65584966 // eXIf
const END_CHUNK = 0x49454e44 // IEND

/**
 * The EXIF block of a PNG, a TIFF structure, or `undefined` where there is none. A chunk is its
 * length, its type, its data and a checksum (PNG 3, section 5.3). The body is not joined for it.
 */
export function pngExif({ chunks, byteLength }: Body): Uint8Array | undefined {
  const reader = createReader(chunks)
  let at = SIGNATURE_BYTES
  while (at + 8 <= byteLength) {
    const length = reader.uint32(at)
    const type = reader.uint32(at + 4)
    if (type === EXIF_CHUNK) return reader.bytes(at + 8, length)
    if (type === END_CHUNK) return undefined
    at += 12 + length
  }
  return undefined
}

/** Reads a body that came in pieces, from its beginning to its end: no place before the last one. */
function createReader(pieces: readonly Buffer[]) {
  let index = 0
  let start = 0

  /** The piece that has a place, and where in it that is. */
  function seek(at: number): { piece: Buffer; offset: number } {
    let piece = pieces[index]
    while (piece && at >= start + piece.length) {
      start += piece.length
      piece = pieces[++index]
    }
    return { piece: piece ?? Buffer.alloc(0), offset: at - start }
  }

  /** Fewer bytes where the body has fewer. */
  function bytes(at: number, count: number): Buffer {
    const { piece, offset } = seek(at)
    const parts = [piece.subarray(offset, offset + count)]
    let missing = count - (piece.length - offset)
    for (let i = index + 1; missing > 0 && i < pieces.length; i++) {
      const part = (pieces[i] as Buffer).subarray(0, missing)
      parts.push(part)
      missing -= part.length
    }
    return Buffer.concat(parts)
  }

  return {
    bytes,
    uint32(at: number): number {
      const { piece, offset } = seek(at)
      return offset + 4 <= piece.length ? piece.readUInt32BE(offset) : bytes(at, 4).readUInt32BE()
    },
  }
}
