import sharp, { type Metadata } from 'sharp'
import { requireFormat, type SourceFormat } from '../contract/source-format.ts'
import { checkStructure } from './check-structure.ts'
import { undecodable } from './decode.ts'

/** What the header of a source says, before a pixel is decoded. Sides are the stored ones. */
export type SourceHeader = {
  format: SourceFormat
  width: number
  height: number
  /** EXIF orientation, 1 to 8; 1 where there is none. */
  orientation: number
  hasAlpha: boolean
  /** Whether its channels are inks: cyan, magenta, yellow and black. */
  isCmyk: boolean
  /** As it is decoded, alpha included: of each a number of these bytes for each pixel. */
  channels: number
  bytesPerSample: number
}

/** The numbers that libvips decodes to. */
const BYTES_PER_SAMPLE = {
  uchar: 1,
  char: 1,
  ushort: 2,
  short: 2,
  uint: 4,
  int: 4,
  float: 4,
  double: 8,
  complex: 8,
  dpcomplex: 16,
} satisfies Record<Metadata['depth'], number>

/**
 * Reads the header of a source. Throws `invalid_request` for no bytes, `unsupported_media_type` for
 * first bytes of no format in the list, `undecodable_image` for a header that cannot be read or has more
 * frames, chunks or metadata than is allowed.
 */
export async function readSourceHeader(source: Buffer): Promise<SourceHeader> {
  const format = requireFormat(source)
  checkStructure(source, format)
  // The pixel limit is ours to check, with a sentence that names the numbers.
  const image = sharp(source, { limitInputPixels: false })
  const metadata = await image.metadata().catch((error: unknown) => {
    throw undecodable(format, error)
  })
  const { width, height, orientation, hasAlpha, space, channels, depth } = metadata
  return {
    format,
    width,
    height,
    orientation: orientation ?? 1,
    hasAlpha,
    isCmyk: space === 'cmyk',
    channels,
    bytesPerSample: BYTES_PER_SAMPLE[depth],
  }
}
