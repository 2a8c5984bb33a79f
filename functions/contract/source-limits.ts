import type { Size } from './options.ts'
import { ProblemError } from './problem.ts'

/**
 * The longest side of a source, several times that of any picture. Work and memory go by the side where a
 * source is nearly all side: a PNG of 50,000,000x1 has 47 kB and takes gigabytes.
 */
export const MAX_SOURCE_SIDE = 262_144

/** Throws `too_many_pixels` when the header of a source says more than is allowed (inclusive). */
export function checkSourcePixels({ width, height }: Size, maxSourcePixels: number): void {
  if (Math.max(width, height) > MAX_SOURCE_SIDE) {
    throw new ProblemError(
      'too_many_pixels',
      `The source is ${width}x${height}; its sides may have at most ${MAX_SOURCE_SIDE} pixels. Send it ` +
        'in parts.',
    )
  }
  if (width * height <= maxSourcePixels) return
  throw new ProblemError(
    'too_many_pixels',
    `The source is ${width}x${height} = ${width * height} pixels; at most ${maxSourcePixels} are ` +
      'processed. Send a smaller image.',
  )
}
