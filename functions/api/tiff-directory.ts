import type { Body } from '../runtime/read-body.ts'
import { createBodyReader } from './body-reader.ts'

const HEAD_BYTES = 8
const ENTRY_BYTES = 12

/**
 * A TIFF structure of the head and the first directory of a file, without what stands between them, which
 * may be all of its pixels. Cut where the file is.
 */
export function tiffDirectory({ chunks }: Body): Buffer {
  const reader = createBodyReader(chunks)
  // A copy, as the place of the directory is changed in it.
  const head = Buffer.from(reader.bytes(0, HEAD_BYTES))
  if (head.length < HEAD_BYTES) return head
  const isLittleEndian = head.readUInt16BE() === 0x4949
  const at = isLittleEndian ? head.readUInt32LE(4) : head.readUInt32BE(4)
  const count = reader.bytes(at, 2)
  if (count.length < 2) return head
  const entries = isLittleEndian ? count.readUInt16LE() : count.readUInt16BE()
  if (isLittleEndian) head.writeUInt32LE(HEAD_BYTES, 4)
  else head.writeUInt32BE(HEAD_BYTES, 4)
  return Buffer.concat([head, reader.bytes(at, 2 + entries * ENTRY_BYTES)])
}
