import { ProblemError } from '../contract/problem.ts'
import type { SourceHeader } from './source-header.ts'

/**
 * Bytes of a decoded source for each pixel that one may have: RGB of 16 bits, or RGBA of 8. A TIFF may have
 * five channels of 32 bits, and lies in memory twice where it is turned and its channels are stored one
 * after the other: 195 kB of 50 megapixels took 2.3 GB.
 */
export const BYTES_PER_SOURCE_PIXEL = 6

/** Throws `too_many_pixels` when the channels of a source would fill more memory than is allowed (inclusive). */
export function checkDecodedBytes(
  { width, height, channels, bytesPerSample }: SourceHeader,
  maxSourcePixels: number,
): void {
  const bytes = width * height * channels * bytesPerSample
  const maxBytes = maxSourcePixels * BYTES_PER_SOURCE_PIXEL
  if (bytes <= maxBytes) return
  throw new ProblemError(
    'too_many_pixels',
    `The source is ${width}x${height} with ${channels} channels of ${bytesPerSample * 8} bits = ${bytes} ` +
      `bytes; at most ${maxBytes} are decoded. Send a smaller image, or one of 8 bits.`,
  )
}
