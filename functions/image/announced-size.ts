import { Parser as AvifParser } from 'probe-image-size/lib/formats/avif.js'
import { Parser as GifParser } from 'probe-image-size/lib/formats/gif.js'
import { Parser as JpegParser } from 'probe-image-size/lib/formats/jpeg.js'
import { Parser as PngParser } from 'probe-image-size/lib/formats/png.js'
import { Parser as TiffParser } from 'probe-image-size/lib/formats/tiff.js'
import { Parser as WebpParser } from 'probe-image-size/lib/formats/webp.js'
import type { Size } from '../contract/options.ts'
import type { SourceFormat } from '../contract/source-format.ts'

const PARSERS = {
  jpeg: JpegParser,
  png: PngParser,
  webp: WebpParser,
  gif: GifParser,
  tiff: TiffParser,
  avif: AvifParser,
} satisfies Record<SourceFormat, unknown>

/**
 * As far as is looked: a JPEG of 32 MB without a frame would keep the event loop busy for 180 ms. Photographs with
 * several megabytes of metadata before their size are rare.
 */
const FIRST_BYTES = 1_000_000

/**
 * The size that a source announces, read without a decoder, in milliseconds at most; `undefined` where it is not
 * found. It is for what must be decided before an image has a slot: what its decoder says of the header is
 * what counts.
 */
export function announcedSize(source: Buffer, format: SourceFormat): Size | undefined {
  // The directory of a TIFF may be at its end, and is found by its offset.
  const looked = format === 'tiff' ? source : source.subarray(0, FIRST_BYTES)
  const parser = new PARSERS[format]()
  parser.push(looked)
  const size = parser.getResult()
  if (!size || !(size.width > 0) || !(size.height > 0)) return undefined
  return { width: size.width, height: size.height }
}
