import type { ResolvedOptions, Size } from '../contract/options.ts'
import { ProblemError } from '../contract/problem.ts'
import { type Placement, pictureIn } from './geometry.ts'
import { isDownFirst } from './pass-order.ts'

/** The longest side that the encoder of a format takes. */
const MAX_FORMAT_SIDE = { jpeg: 65_500, webp: 16_383 }

/** Throws `too_many_pixels` when a result would be larger than allowed, or than its format holds. */
export function checkResultSize(
  { width, height }: Size,
  format: ResolvedOptions['format'],
  maxResultPixels: number,
): void {
  if (width * height > maxResultPixels) {
    throw new ProblemError(
      'too_many_pixels',
      `The result would be ${width}x${height} = ${width * height} pixels; at most ` +
        `${maxResultPixels} are made. Ask for a smaller scale.`,
    )
  }
  const maxSide = format === 'jpeg' || format === 'webp' ? MAX_FORMAT_SIDE[format] : Infinity
  if (Math.max(width, height) > maxSide) {
    throw new ProblemError(
      'too_many_pixels',
      `The result would be ${width}x${height}, but a ${format} holds sides of at most ${maxSide} ` +
        'pixels. Ask for a smaller scale or for format=png.',
    )
  }
}

/** As long as a side of the source are its weights and the rows read at once; beyond, they are gigabytes. */
const MAX_RESIZED_SIDE = 262_144

type WayOptions = Pick<ResolvedOptions, 'scale' | 'filter' | 'pillow'>

/**
 * Throws `too_many_pixels` for what a few bytes of source could use to fill the memory, or to keep a
 * core busy for hours, on the way to a small result:
 *
 * - a picture larger between its two passes than a source may be, as the pass across may come first
 *   even where it enlarges a tall source;
 * - with `nearest`, which walks all of a picture, one that large before its crop;
 * - a source that is nearly all side.
 */
export function checkPlacement(
  source: Size,
  { size, window }: Placement,
  { scale, filter, pillow }: WayOptions,
  maxSourcePixels: number,
): void {
  if (scale === 'none') return
  const longest = Math.max(source.width, source.height)
  if (filter !== 'nearest' && longest > MAX_RESIZED_SIDE) {
    throw new ProblemError(
      'too_many_pixels',
      `The source has a side of ${longest} pixels; those of at most ${MAX_RESIZED_SIDE} are resized. ` +
        'Send it in parts.',
    )
  }
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
