import { crc32, deflateSync } from 'node:zlib'

/**
 * A valid gray PNG of any size, made without an image library: the api must not need one. `exif` is
 * put into an eXIf chunk as it is.
 */
export function grayPng(width: number, height: number, exif?: Buffer): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header[8] = 8 // bits per channel; colour type 0, gray
  const rows = Buffer.alloc((width + 1) * height, 100)
  for (let y = 0; y < height; y++) rows[y * (width + 1)] = 0 // no row filter
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    ...(exif ? [chunk('eXIf', exif)] : []),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** A TIFF structure whose first directory holds one orientation, as EXIF blocks and TIFF files do. */
export function tiffWithOrientation(orientation: number, byteOrder: 'II' | 'MM' = 'MM'): Buffer {
  const tiff = Buffer.alloc(26)
  tiff.write(byteOrder, 0, 'latin1')
  const u16 = (value: number, at: number) =>
    byteOrder === 'II' ? tiff.writeUInt16LE(value, at) : tiff.writeUInt16BE(value, at)
  const u32 = (value: number, at: number) =>
    byteOrder === 'II' ? tiff.writeUInt32LE(value, at) : tiff.writeUInt32BE(value, at)
  u16(42, 2)
  u32(8, 4) // the directory follows
  u16(1, 8) // one entry
  u16(0x0112, 10)
  u16(3, 12) // SHORT
  u32(1, 14)
  u16(orientation, 18)
  return tiff
}

function chunk(type: string, data: Buffer): Buffer {
  const bytes = Buffer.alloc(12 + data.length)
  bytes.writeUInt32BE(data.length, 0)
  bytes.write(type, 4, 'latin1')
  data.copy(bytes, 8)
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length)
  return bytes
}
