/** Reads a body that came in pieces, from its beginning to its end: no place before the last one. */
export type BodyReader = {
  /** Fewer bytes where the body has fewer. */
  bytes: (at: number, count: number) => Buffer
  /** Throws where the body has fewer bytes. */
  uint32: (at: number) => number
}

export function createBodyReader(pieces: readonly Buffer[]): BodyReader {
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
