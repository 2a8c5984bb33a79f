/** A PNG whose header says what its pixels are not. */
import { crc32 } from 'node:zlib'
import type { Size } from '../contract/options.ts'
import { fixture } from './test-picture.ts'

/** Where the header lies: its type, width, height and five bytes more, then their checksum. */
const HEADER = { at: 12, width: 16, height: 20, end: 29 }

/** A well-formed PNG header of any size, followed by a few real rows and, if asked, more bytes. */
export function pngThatSays({ width, height }: Size, paddingBytes = 0): Buffer {
  const png = fixture('interlaced.png')
  png.writeUInt32BE(width, HEADER.width)
  png.writeUInt32BE(height, HEADER.height)
  png.writeUInt32BE(crc32(png.subarray(HEADER.at, HEADER.end)), HEADER.end)
  return Buffer.concat([png, Buffer.alloc(paddingBytes)])
}
