import type { Options } from '../contract/options.ts'

/** A resampling kernel: its weight at a distance in (result) pixels, 0 from `support` on. */
export type Filter = { support: number; weight: (distance: number) => number }

/** The filters by Pillow's names and with its formulas. `nearest` weighs nothing: it picks. */
export const FILTERS: Record<Exclude<Options['filter'], 'nearest'>, Filter> = {
  lanczos: { support: 3, weight: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
  bicubic: { support: 2, weight: (x) => cubic(Math.abs(x)) },
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  hamming: { support: 1, weight: (x) => (Math.abs(x) < 1 ? sinc(x) * hammingWindow(x) : 0) },
  // Half open, so that of two neighbours at the same distance one counts.
  box: { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
}

function sinc(x: number): number {
  if (x === 0) return 1
  const angle = x * Math.PI
  return Math.sin(angle) / angle
}

/** Pillow has the two numbers in single precision; in the middle, where they are more than 1, it has 1. */
function hammingWindow(x: number): number {
  if (x === 0) return 1
  return Math.fround(0.54) + Math.fround(0.46) * Math.cos(x * Math.PI)
}

/** Keys' cubic convolution with a = -0.5. */
function cubic(x: number): number {
  const a = -0.5
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a
  return 0
}
