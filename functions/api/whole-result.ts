import type { ResultPixels } from '../contract/image-headers.ts'
import type { ResolvedOptions } from '../contract/options.ts'
import { DTYPE_BITS, NPY_MAGIC } from '../contract/result-format.ts'
import { recogniseFormat } from '../contract/source-format.ts'

/**
 * Whether bytes are a result of the format that was asked for, from its beginning to its end: npy and raw by
 * the numbers that there are to be, a picture by what it begins and ends with. In microseconds, however long it is.
 */
export function isWholeResult(
  bytes: Buffer,
  { format, dtype }: Pick<ResolvedOptions, 'format' | 'dtype'>,
  { width, height, channels, depth }: ResultPixels,
): boolean {
  if (depth !== DTYPE_BITS[dtype]) return false
  const numberBytes = (width * height * channels * depth) / 8
  switch (format) {
    case 'raw':
      return bytes.length === numberBytes
    case 'npy':
      return bytes.length === npyHeaderBytes(bytes) + numberBytes
    default:
      return recogniseFormat(bytes) === format && isAtItsEnd[format](bytes)
  }
}

/** The bytes before the numbers; not a number for what is no NPY. */
function npyHeaderBytes(bytes: Buffer): number {
  const lengthAt = NPY_MAGIC.length
  if (bytes.toString('latin1', 0, lengthAt) !== NPY_MAGIC) return Number.NaN
  if (bytes.length < lengthAt + 2) return Number.NaN
  return lengthAt + 2 + bytes.readUInt16LE(lengthAt)
}

const PNG_END = '\0\0\0\0IEND\xaeB`\x82'
const JPEG_END = '\xff\xd9'

/** A gateway may end an answer that was cut behind it as if it were whole: only the bytes tell then. */
const isAtItsEnd = {
  png: (bytes: Buffer) => endsWith(bytes, PNG_END),
  jpeg: (bytes: Buffer) => endsWith(bytes, JPEG_END),
  // A RIFF says its length, without its first eight bytes.
  webp: (bytes: Buffer) => bytes.readUInt32LE(4) + 8 === bytes.length,
}

function endsWith(bytes: Buffer, text: string): boolean {
  return bytes.subarray(-text.length).toString('latin1') === text
}
