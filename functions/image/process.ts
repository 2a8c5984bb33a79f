import type { Geometry } from '../contract/image-headers.ts'
import type { ResolvedOptions, Size } from '../contract/options.ts'
import { orientedSize } from '../contract/oriented-size.ts'
import { suitsFast } from '../contract/suits-fast.ts'
import { makeOpaque, makeOpaqueForResize } from './alpha.ts'
import { onBlack } from './canvas.ts'
import type { Deadline } from './deadline.ts'
import { decode, toPixels } from './decode.ts'
import { type Encoded, encode } from './encode.ts'
import { geometryOf, type Placement, pictureIn, placement } from './geometry.ts'
import { luma } from './luma.ts'
import { orient } from './orient.ts'
import { giveBack, type Pixels } from './pixels.ts'
import { resizeExact } from './resize-exact.ts'
import { resizeFast } from './resize-fast.ts'
import type { SourceHeader } from './source-header.ts'

/** A source as it came, and what its header says. */
export type Source = { bytes: Buffer; header: SourceHeader }

/** A result with the map from its pixels to those of the source. */
export type Result = Encoded & { geometry: Geometry }

/**
 * Bytes and options to the bytes of a result, for a source whose header is within the limits. Blocks
 * its thread for as long as it takes.
 *
 * Throws `undecodable_image` and `image_function_timeout`.
 */
export async function processImage(
  source: Source,
  options: ResolvedOptions,
  deadline: Deadline,
): Promise<Result> {
  const { mode, where } = plan(source.header, options)
  // What was asked to be fast is named without a Pillow, so it must not depend on it.
  const pillow = options.mode === mode ? options.pillow : '13'
  const done = { ...options, mode, pillow }
  const make = mode === 'exact' ? exactPixels : fastPixels
  const pixels = await make(source, where, done, deadline)
  let made: Uint8Array | undefined
  try {
    const encoded = await encode(pixels, done, deadline)
    made = encoded.bytes
    return { ...encoded, geometry: geometryOf(where) }
  } finally {
    // Also when it comes to nothing.
    if (made !== pixels.data) giveBack(pixels.data)
  }
}

/** How a source will be processed: its size as it is seen, by which mode, and what comes to lie where. */
export function plan(
  header: SourceHeader,
  options: ResolvedOptions,
): { seen: Size; mode: ResolvedOptions['mode']; where: Placement } {
  const seen = orientedSize(header, options.orient)
  const isFast = options.mode === 'fast' && suitsFast(seen, options) && !header.isCmyk
  const mode = isFast ? 'fast' : 'exact'
  return { seen, mode, where: placement(seen, { ...options, mode }) }
}

/** Pillow's pixels: all of the source is decoded, then resized by Pillow's arithmetic. */
async function exactPixels(
  { bytes, header }: Source,
  where: Placement,
  options: ResolvedOptions,
  deadline: Deadline,
): Promise<Pixels> {
  const decoded = decode(bytes, header, options.icc)
  const oriented = orient(decoded, options.orient)
  const opaque = makeOpaque(oriented, header, options.alpha)
  const rgb = await toPixels(opaque, header, deadline)
  const pixels = resizeExact(rgb, where, options)
  if (pixels.data !== rgb.data) giveBack(rgb.data)
  return pixels
}

/**
 * libvips' pixels. The steps up to `toPixels` are lazy and run as one pass, in which a JPEG is decoded
 * at a smaller scale; luma follows the resize, on fewer pixels.
 */
async function fastPixels(
  { bytes, header }: Source,
  where: Placement,
  options: ResolvedOptions,
  deadline: Deadline,
): Promise<Pixels> {
  const decoded = decode(bytes, header, options.icc)
  const oriented = orient(decoded, options.orient)
  const opaque = await makeOpaqueForResize(oriented, header, options.alpha, deadline)
  const seen = { ...orientedSize(header, options.orient), format: header.format }
  const inside = pictureIn(where.window, where.size)
  const resized = resizeFast(opaque.image, seen, { ...where, window: inside }, options.filter)
  const rgb = await toPixels(resized, header, deadline).finally(() => {
    if (opaque.pixels) giveBack(opaque.pixels.data)
  })
  const pixels = onBlack(options.grayscale ? luma(rgb) : rgb, inside, where.window)
  if (pixels.data !== rgb.data) giveBack(rgb.data)
  return pixels
}
