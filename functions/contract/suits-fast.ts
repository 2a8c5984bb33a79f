import type { Options, Size } from './options.ts'

/** Those that libvips has as Pillow has them, or nearly so. */
const FAST_FILTERS: readonly Options['filter'][] = ['lanczos', 'bicubic', 'bilinear']

/**
 * Whether `mode=fast` can do the work on a source of this size (as it is seen). It is libvips' way
 * of shrinking: where nothing is shrunk, where anything is enlarged, and for filters that libvips
 * does not have or has otherwise, the work is done by `mode=exact`.
 */
export function suitsFast(
  source: Size,
  options: Pick<Options, 'scale' | 'fit' | 'filter'>,
): boolean {
  const { scale, fit, filter } = options
  return scale !== 'none' && FAST_FILTERS.includes(filter) && isShrunk(source, scale, fit)
}

/** Whether at least one side shrinks on the way to the wanted size, and none grows. */
function isShrunk(source: Size, wanted: Size, fit: Options['fit']): boolean {
  const acrossFactor = wanted.width / source.width
  const downFactor = wanted.height / source.height
  const smaller = Math.min(acrossFactor, downFactor)
  const larger = Math.max(acrossFactor, downFactor)
  switch (fit) {
    case 'fill':
      return larger <= 1 && smaller < 1
    case 'contain':
    case 'inside':
      return smaller < 1
    case 'cover':
    // The wanted size is a square here: the larger factor is the one of the short side.
    case 'short-side':
      return larger < 1
  }
}
