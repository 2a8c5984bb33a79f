import { crc32 } from 'node:zlib'
import { recogniseFormat } from '../functions/contract/source-format.ts'

/** A picture whose bytes differ for each text, while its pixels and the work of decoding them do not. */
export type DistinctPicture = {
  type: 'image/jpeg' | 'image/png'
  /** The bytes with this text among them, in parts, of which the large ones are not copied. */
  withText: (text: string) => readonly Uint8Array[]
}

/**
 * Makes room for a text: a comment segment of a JPEG, a `tEXt` chunk of a PNG. `undefined` for bytes of
 * anything else.
 */
export function distinctPicture(bytes: Uint8Array): DistinctPicture | undefined {
  const format = recogniseFormat(bytes)
  if (format === 'jpeg')
    return withInsertion('image/jpeg', bytes, afterAppSegments(bytes), jpegComment)
  if (format === 'png') return withInsertion('image/png', bytes, AFTER_IHDR, pngText)
  return undefined
}

function withInsertion(
  type: DistinctPicture['type'],
  bytes: Uint8Array,
  at: number,
  toBytes: (text: string) => Uint8Array,
): DistinctPicture {
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)]
  return { type, withText: (text) => [before, toBytes(text), after] }
}

/** JFIF and EXIF want to be the first segments. */
function afterAppSegments(bytes: Uint8Array): number {
  let at = 2
  while (bytes[at] === 0xff && ((bytes[at + 1] ?? 0) & 0xf0) === 0xe0) {
    at += 2 + ((bytes[at + 2] ?? 0) << 8) + (bytes[at + 3] ?? 0)
  }
  return Math.min(at, bytes.length)
}

function jpegComment(text: string): Uint8Array {
  const head = Buffer.from([0xff, 0xfe, 0, 0])
  head.writeUInt16BE(text.length + 2, 2)
  return Buffer.concat([head, Buffer.from(text, 'latin1')])
}

/** The signature, and the chunk that has to be the first. */
const AFTER_IHDR = 33

function pngText(text: string): Uint8Array {
  const content = Buffer.from(`tEXtComment\0${text}`, 'latin1')
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(content.length - 4)
  checksum.writeUInt32BE(crc32(content))
  return Buffer.concat([length, content, checksum])
}
