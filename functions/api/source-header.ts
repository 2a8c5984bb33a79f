import probe from 'probe-image-size/sync.js'
import type { Size } from '../contract/options.ts'
import { orientedSize } from '../contract/oriented-size.ts'
import type { SourceFormat } from '../contract/source-format.ts'
import type { Body } from '../runtime/read-body.ts'
import { pngExif } from './png-exif.ts'
import { tiffOrientation } from './tiff-orientation.ts'

/** The stored size of a source and its EXIF orientation, 1 to 8; 1 where there is none. */
export type SourceHeader = Size & { orientation: number }

/**
 * Holds the size of nearly every JPEG and of each PNG and GIF, so that a large body need not be joined
 * to find it: joining one of 2 MB takes as long as hashing it, most of that in the garbage collector.
 */
const FIRST_BYTES = 64 * 1024

const SIZE_COMES_FIRST: ReadonlySet<SourceFormat> = new Set(['jpeg', 'png', 'gif'])

/**
 * What the header of a source says of its size, or `undefined` when it cannot be read; that is no
 * failure, as the image function will say what is wrong. Pixels are not decoded.
 */
export function readSourceHeader(body: Body, format: SourceFormat): SourceHeader | undefined {
  const read = (count: number) => readFrom(body, firstBytes(body, count), format)
  return (SIZE_COMES_FIRST.has(format) ? read(FIRST_BYTES) : undefined) ?? read(body.byteLength)
}

/** The first bytes of a body, joined; fewer where it has fewer. */
export function firstBytes({ chunks, byteLength }: Body, count: number): Buffer {
  return Buffer.concat(chunks, Math.min(byteLength, count))
}

function readFrom(body: Body, bytes: Buffer, format: SourceFormat): SourceHeader | undefined {
  const size = probe.parsers[format](bytes)
  if (!size || !(size.width > 0) || !(size.height > 0)) return undefined
  const orientation = size.orientation ?? orientationOf(body, bytes, format) ?? 1
  const header = { width: size.width, height: size.height, orientation }
  // The turn of an AVIF belongs to its decoding: its pixels come turned, whatever `orient` says.
  return format === 'avif' ? { ...orientedSize(header, 'apply'), orientation: 1 } : header
}

/** The orientation where the library reads none: in a TIFF, and in the EXIF block of a PNG. */
function orientationOf(body: Body, bytes: Buffer, format: SourceFormat): number | undefined {
  if (format === 'tiff') return tiffOrientation(bytes)
  const exif = format === 'png' ? pngExif(body) : undefined
  return exif && tiffOrientation(exif)
}
