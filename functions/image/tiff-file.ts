/** The bytes of a value of each type; 0 for what is none. */
const TYPE_BYTES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8]

/** The two layouts: classic, and BigTIFF with 64-bit offsets. */
const CLASSIC = { firstAt: 4, countBytes: 2, entryBytes: 12, offsetBytes: 4 }
const BIG = { firstAt: 8, countBytes: 8, entryBytes: 20, offsetBytes: 8 }

/** The values of a tag: how many, of how many bytes each, and where they are. */
export type Values = { count: number; bytes: number; at: number }

/** Where the entries of a page stand, and how many; its next page is told behind them. */
export type Directory = { count: number; from: number; end: number }

/** A TIFF as numbers in the order of its bytes. */
export type TiffFile = {
  byteLength: number
  layout: typeof CLASSIC
  /** An unsigned number of 1, 2, 4 or 8 bytes; 0 where the file has ended. */
  number: (at: number, bytes: number) => number
  /** The bytes that the values of an entry have, wherever they are. */
  byteLengthAt: (entry: number) => number
  /** The values of these tags in a page; the first, where one is there twice, as for libtiff. */
  valuesOf: (page: Directory, tags: ReadonlySet<number>) => Map<number, Values>
}

/** Reads the head of a TIFF: the order of its bytes, and which of the two layouts it has. */
export function openTiff(tiff: Buffer): TiffFile {
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength)
  const isLittle = tiff[0] === 0x49
  const long = (at: number) => view.getUint32(at, isLittle)
  const number = (at: number, bytes: number) => {
    if (at + bytes > tiff.length) return 0
    if (bytes === 2) return view.getUint16(at, isLittle)
    if (bytes === 4) return long(at)
    if (bytes === 1) return view.getUint8(at)
    if (bytes !== 8) return 0
    const [high, low] = isLittle ? [at + 4, at] : [at, at + 4]
    return long(high) * 2 ** 32 + long(low)
  }
  const layout = number(2, 2) === 43 ? BIG : CLASSIC
  const { offsetBytes } = layout
  const typeBytesAt = (entry: number) => TYPE_BYTES[number(entry + 2, 2)] ?? 0
  const countAt = (entry: number) => number(entry + 4, offsetBytes)
  const valuesAt = (entry: number) => {
    const [count, bytes] = [countAt(entry), typeBytesAt(entry)]
    const valueAt = entry + 4 + offsetBytes
    // What fits stands in the place of its offset.
    const at = count * bytes <= offsetBytes ? valueAt : number(valueAt, offsetBytes)
    return { count, bytes, at }
  }
  return {
    byteLength: tiff.length,
    layout,
    number,
    byteLengthAt: (entry) => typeBytesAt(entry) * countAt(entry),
    valuesOf: ({ from, end }, tags) => {
      const values = new Map<number, Values>()
      for (let entry = from; entry < end; entry += layout.entryBytes) {
        const tag = number(entry, 2)
        if (tags.has(tag) && !values.has(tag)) values.set(tag, valuesAt(entry))
      }
      return values
    },
  }
}
