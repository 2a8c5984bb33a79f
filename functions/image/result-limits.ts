import type { ResolvedOptions, Size } from '../contract/options.ts'
import { ProblemError } from '../contract/problem.ts'

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
