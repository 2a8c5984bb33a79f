import { announcedSize } from '../contract/announced-size.ts'
import type { Size } from '../contract/options.ts'
import { orientedSize } from '../contract/oriented-size.ts'
import type { SourceFormat } from '../contract/source-format.ts'
import type { Body } from '../runtime/read-body.ts'
import { pngExif } from './png-exif.ts'
import { tiffDirectory } from './tiff-directory.ts'
import { tiffOrientation } from './tiff-orientation.ts'

/** The stored size of a source and its EXIF orientation, 1 to 8; 1 where there is none. */
export type SourceHeader = Size & { orientation: number }

/**
 * What the header of a source says of its size, or `undefined` when it cannot be read, or not in a few
 * milliseconds; that is no failure, as the image function will say what is wrong. Pixels are not decoded, and
 * the body is not joined, wherever the header is: one of 33 MB would be there twice.
 */
export function readSourceHeader(body: Body, format: SourceFormat): SourceHeader | undefined {
  const size = announcedSize(body.chunks, format)
  if (!size) return undefined
  const orientation = size.orientation ?? orientationOf(body, format) ?? 1
  const header = { width: size.width, height: size.height, orientation }
  // The turn of an AVIF belongs to its decoding: its pixels come turned, whatever `orient` says.
  return format === 'avif' ? { ...orientedSize(header, 'apply'), orientation: 1 } : header
}

/** The first bytes of a body, joined; fewer where it has fewer. */
export function firstBytes({ chunks, byteLength }: Body, count: number): Buffer {
  return Buffer.concat(chunks, Math.min(byteLength, count))
}

/** The orientation where the library reads none: in a TIFF, and in the EXIF block of a PNG. */
function orientationOf(body: Body, format: SourceFormat): number | undefined {
  if (format === 'tiff') return tiffOrientation(tiffDirectory(body))
  const exif = format === 'png' ? pngExif(body) : undefined
  return exif && tiffOrientation(exif)
}
