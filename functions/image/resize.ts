import type { Options, Size } from '../contract/options.ts'
import type { LazyImage } from './decode.ts'
import { centred, sizeInside } from './geometry.ts'

/** What libvips calls the filters. */
const KERNELS = {
  lanczos: 'lanczos3',
  bicubic: 'cubic',
  bilinear: 'linear',
  nearest: 'nearest',
} as const satisfies Record<Options['filter'], string>

/**
 * Brings an image of the given size (as it is seen) to the wanted one: `fill` exactly, `inside` with
 * its aspect kept, `contain` the same and centred on black, `cover` filling it with the rest cropped.
 */
export function resize(
  image: LazyImage,
  source: Size,
  { scale, fit, filter }: Pick<Options, 'scale' | 'fit' | 'filter'>,
): LazyImage {
  if (scale === 'none') return image
  const kernel = KERNELS[filter]
  if (fit === 'fill') return image.resize({ ...scale, fit: 'fill', kernel })
  if (fit === 'cover') return image.resize({ ...scale, fit: 'cover', position: 'centre', kernel })
  const inside = sizeInside(source, scale)
  const resized = image.resize({ ...inside, fit: 'fill', kernel })
  return fit === 'inside'
    ? resized
    : resized.extend({ ...centred(inside, scale), background: '#000000' })
}
