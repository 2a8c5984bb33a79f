import type { ResolvedOptions, Size } from '../contract/options.ts'
import { placement } from './geometry.ts'
import type { Limits } from './process-source.ts'

/**
 * What an image weighs while it waits for a slot, in pixels: the most of what it takes, pixels to read or to make,
 * or the bytes of a large file of few pixels. A source that does not say its size weighs as much as the
 * largest.
 */
export function weightOf(
  bytes: Uint8Array,
  announced: Size | undefined,
  options: ResolvedOptions,
  { maxSourcePixels, maxResultPixels }: Limits,
): number {
  if (!announced) return Math.max(maxSourcePixels, bytes.length)
  const { window } = placement(announced, options)
  // A result beyond its limit is not made.
  const made = Math.min(pixelsOf(window), maxResultPixels)
  return Math.max(pixelsOf(announced), made, bytes.length)
}

export function pixelsOf({ width, height }: Size): number {
  return width * height
}
