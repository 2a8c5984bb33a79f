import { Parser as AvifParser } from 'probe-image-size/lib/formats/avif.js'
import { Parser as GifParser } from 'probe-image-size/lib/formats/gif.js'
import { Parser as JpegParser } from 'probe-image-size/lib/formats/jpeg.js'
import { Parser as PngParser } from 'probe-image-size/lib/formats/png.js'
import { Parser as TiffParser } from 'probe-image-size/lib/formats/tiff.js'
import { Parser as WebpParser } from 'probe-image-size/lib/formats/webp.js'
import type { Size } from '../contract/options.ts'
import { orientedSize } from '../contract/oriented-size.ts'
import type { SourceFormat } from '../contract/source-format.ts'
import type { Body } from '../runtime/read-body.ts'
import { pngExif } from './png-exif.ts'
import { tiffDirectory } from './tiff-directory.ts'
import { tiffOrientation } from './tiff-orientation.ts'

/** The stored size of a source and its EXIF orientation, 1 to 8; 1 where there is none. */
export type SourceHeader = Size & { orientation: number }

const PARSERS = {
  jpeg: JpegParser,
  png: PngParser,
  webp: WebpParser,
  gif: GifParser,
  tiff: TiffParser,
  avif: AvifParser,
} satisfies Record<SourceFormat, unknown>

/**
 * What the header of a source says of its size, or `undefined` when it cannot be read; that is no
 * failure, as the image function will say what is wrong. Pixels are not decoded, and the body is not joined,
 * wherever the header is: one of 33 MB would be there twice.
 */
export function readSourceHeader(body: Body, format: SourceFormat): SourceHeader | undefined {
  const size = parse(body, format)
  if (!size || !(size.width > 0) || !(size.height > 0)) return undefined
  const orientation = size.orientation ?? orientationOf(body, format) ?? 1
  const header = { width: size.width, height: size.height, orientation }
  // The turn of an AVIF belongs to its decoding: its pixels come turned, whatever `orient` says.
  return format === 'avif' ? { ...orientedSize(header, 'apply'), orientation: 1 } : header
}

/** The first bytes of a body, joined; fewer where it has fewer. */
export function firstBytes({ chunks, byteLength }: Body, count: number): Buffer {
  return Buffer.concat(chunks, Math.min(byteLength, count))
}

function parse({ chunks }: Body, format: SourceFormat) {
  const parser = new PARSERS[format]()
  for (const chunk of chunks) {
    parser.push(chunk)
    if (parser.getStatus() !== NEEDS_MORE) break
  }
  return parser.getResult()
}

const NEEDS_MORE = 0

/** The orientation where the library reads none: in a TIFF, and in the EXIF block of a PNG. */
function orientationOf(body: Body, format: SourceFormat): number | undefined {
  if (format === 'tiff') return tiffOrientation(tiffDirectory(body))
  const exif = format === 'png' ? pngExif(body) : undefined
  return exif && tiffOrientation(exif)
}
