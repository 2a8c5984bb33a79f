import type { ResolvedOptions } from '../contract/options.ts'
import { orientedSize } from '../contract/oriented-size.ts'
import { makeOpaque } from './alpha.ts'
import type { Deadline } from './deadline.ts'
import { decode, toPixels } from './decode.ts'
import { encode, type Result } from './encode.ts'
import { luma } from './luma.ts'
import { orient } from './orient.ts'
import { resize } from './resize.ts'
import type { SourceHeader } from './source-header.ts'

/**
 * The pipeline of `mode=fast`, for a source whose header is within the limits. The steps up to
 * `toPixels` are lazy and run as one pass of libvips; luma follows the resize, on fewer pixels.
 *
 * Throws `undecodable_image` and `image_function_timeout`.
 */
export async function processFast(
  source: Buffer,
  header: SourceHeader,
  options: ResolvedOptions,
  deadline: Deadline,
): Promise<Result> {
  const decoded = decode(source, header, options.icc)
  const oriented = orient(decoded, options.orient)
  const opaque = await makeOpaque(oriented, header, options, deadline)
  const seen = { ...orientedSize(header, options.orient), format: header.format }
  const resized = resize(opaque, seen, options)
  const rgb = await toPixels(resized, header, deadline)
  const pixels = options.grayscale ? luma(rgb) : rgb
  return encode(pixels, options, deadline)
}
