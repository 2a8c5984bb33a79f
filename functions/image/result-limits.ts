import type { ResolvedOptions, Size } from '../contract/options.ts'
import { ProblemError } from '../contract/problem.ts'
import { type Placement, pictureIn } from './geometry.ts'
import { isDownFirst } from './pass-order.ts'

/** The longest side that the encoder of a format takes. */
const MAX_FORMAT_SIDE = { jpeg: 65_500, webp: 16_383 }

/**
 * Bytes of a result for each pixel that one may have: RGB in bytes, or gray in float32. What a result
 * takes is held until a client has read it, and a 1x1 source is all that it costs to ask for one.
 */
export const BYTES_PER_PIXEL = 4

const BYTES_PER_NUMBER = { uint8: 1, float32: 4, float16: 2 } as const

type ResultOptions = Pick<ResolvedOptions, 'format' | 'grayscale' | 'dtype' | 'crop'>

/** Throws `too_many_pixels` when a result would be larger than allowed, or than its format holds. */
export function checkResultSize(
  { width, height }: Size,
  { format, grayscale, dtype, crop }: ResultOptions,
  maxResultPixels: number,
): void {
  const instead = crop === 'none' ? 'Ask for a smaller scale' : 'Ask for a smaller crop'
  if (width * height > maxResultPixels) {
    throw new ProblemError(
      'too_many_pixels',
      `The result would be ${width}x${height} = ${width * height} pixels; at most ` +
        `${maxResultPixels} are made. ${instead}.`,
    )
  }
  const bytes = width * height * (grayscale ? 1 : 3) * BYTES_PER_NUMBER[dtype]
  if (bytes > maxResultPixels * BYTES_PER_PIXEL) {
    throw new ProblemError(
      'too_many_pixels',
      `The result would be ${width}x${height} of ${dtype} = ${bytes} bytes; at most ` +
        `${maxResultPixels * BYTES_PER_PIXEL} are made. ${instead} or for dtype=uint8.`,
    )
  }
  const maxSide = format === 'jpeg' || format === 'webp' ? MAX_FORMAT_SIDE[format] : Infinity
  if (Math.max(width, height) > maxSide) {
    throw new ProblemError(
      'too_many_pixels',
      `The result would be ${width}x${height}, but a ${format} holds sides of at most ${maxSide} ` +
        `pixels. ${instead} or for format=png.`,
    )
  }
}

type WayOptions = Pick<ResolvedOptions, 'scale' | 'filter' | 'pillow'>

/**
 * Throws `too_many_pixels` for what a few bytes of source could use to fill the memory, or to keep a
 * core busy for hours, on the way to a small result: a picture larger between its two passes than a
 * source may be, as the pass across may come first even where it enlarges a tall source; and with
 * `nearest`, which walks all of a picture, one that large before its crop.
 */
export function checkPlacement(
  source: Size,
  { size, window }: Placement,
  { scale, filter, pillow }: WayOptions,
  maxSourcePixels: number,
): void {
  if (scale === 'none') return
  const most = Math.max(maxSourcePixels, source.width * source.height)
  const picture = pictureIn(window, size)
  const { width, height } = onItsWay(source, size, picture, filter, pillow)
  if (width * height <= most) return
  const otherwise = pillow === '12' && filter !== 'nearest' ? ' or for pillow=13' : ''
  throw new ProblemError(
    'too_many_pixels',
    `The picture would be ${width}x${height} pixels on its way; at most ${most} are made. Ask for a ` +
      `smaller scale${otherwise}.`,
  )
}

/** The size of the largest picture between the source and the result. */
function onItsWay(
  source: Size,
  size: Size,
  picture: Size,
  filter: WayOptions['filter'],
  pillow: WayOptions['pillow'],
): Size {
  if (filter === 'nearest') return size
  if (isDownFirst(source, size, pillow)) return { width: source.width, height: picture.height }
  return { width: picture.width, height: source.height }
}
