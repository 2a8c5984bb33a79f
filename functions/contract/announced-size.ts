import { Parser as AvifParser } from 'probe-image-size/lib/formats/avif.js'
import { Parser as GifParser } from 'probe-image-size/lib/formats/gif.js'
import { Parser as JpegParser } from 'probe-image-size/lib/formats/jpeg.js'
import { Parser as PngParser } from 'probe-image-size/lib/formats/png.js'
import { Parser as TiffParser } from 'probe-image-size/lib/formats/tiff.js'
import { Parser as WebpParser } from 'probe-image-size/lib/formats/webp.js'
import type { Size } from './options.ts'
import type { SourceFormat } from './source-format.ts'

/** The size of a source as its header says it, and its EXIF orientation where that was found on the way. */
export type AnnouncedSize = Size & { orientation?: number }

const PARSERS = {
  jpeg: JpegParser,
  png: PngParser,
  webp: WebpParser,
  gif: GifParser,
  tiff: TiffParser,
  avif: AvifParser,
} satisfies Record<SourceFormat, unknown>

/**
 * As many bytes of a header are looked at. 33 MB of empty chunks, boxes or segments would keep the event loop
 * busy for 70 to 280 ms. What is passed over by its length, as profiles and pixels are, costs nothing and
 * does not count.
 */
export const MAX_LOOKED_BYTES = 1_000_000

/** So few that little is counted beside the head of a chunk that is passed over. */
const PIECE_BYTES = 64

/**
 * The size that a source announces, read without a decoder and without joining its pieces, in milliseconds at
 * most; `undefined` where it is not found within `MAX_LOOKED_BYTES`. Both functions decide by it before
 * they work: what the decoder says of the header is what counts.
 */
export function announcedSize(
  pieces: Iterable<Uint8Array>,
  format: SourceFormat,
): AnnouncedSize | undefined {
  const parser = new PARSERS[format]()
  let looked = 0
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      const skipped = parser.bytes_to_skip ?? 0
      const part = piece.subarray(at, at + (skipped || PIECE_BYTES))
      if (!skipped) looked += part.length
      if (looked > MAX_LOOKED_BYTES) return undefined
      parser.push(part)
      if (parser.getStatus() !== NEEDS_MORE) return sized(parser.getResult())
      at += part.length
    }
  }
  return sized(parser.getResult())
}

const NEEDS_MORE = 0

function sized(size: AnnouncedSize | undefined): AnnouncedSize | undefined {
  if (!size || !(size.width > 0) || !(size.height > 0)) return undefined
  const { width, height, orientation } = size
  return { width, height, ...(orientation !== undefined && { orientation }) }
}
