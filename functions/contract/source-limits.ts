import type { Size } from './options.ts'
import { ProblemError } from './problem.ts'

/** Throws `too_many_pixels` when the header of a source says more than is allowed (inclusive). */
export function checkSourcePixels({ width, height }: Size, maxSourcePixels: number): void {
  if (width * height <= maxSourcePixels) return
  throw new ProblemError(
    'too_many_pixels',
    `The source is ${width}x${height} = ${width * height} pixels; at most ${maxSourcePixels} are ` +
      'processed. Send a smaller image.',
  )
}
