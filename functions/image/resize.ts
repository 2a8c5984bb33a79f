import type { Options, Size } from '../contract/options.ts'
import type { SourceFormat } from '../contract/source-format.ts'
import type { LazyImage } from './decode.ts'
import { centred, centredBox, sizeInside } from './geometry.ts'

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
  source: Size & { format: SourceFormat },
  { scale, fit, filter }: Pick<Options, 'scale' | 'fit' | 'filter'>,
): LazyImage {
  if (scale === 'none') return image
  const to = (size: Size) => ({
    ...size,
    fit: 'fill' as const,
    kernel: KERNELS[filter],
    fastShrinkOnLoad: halvingInDecoderIsGood(source, size),
  })
  switch (fit) {
    case 'fill':
      return image.resize(to(scale))
    case 'cover':
      return image.extract(centredBox(source, scale)).resize(to(scale))
    case 'inside':
      return image.resize(to(sizeInside(source, scale)))
    case 'contain': {
      const inside = sizeInside(source, scale)
      return image.resize(to(inside)).extend({ ...centred(inside, scale), background: '#000000' })
    }
  }
}

/**
 * Decoders shrink more cheaply than the filter and less well: results are off by up to 50 levels at
 * edges when they do nearly all of it. sharp leaves the filter a factor of two unless told otherwise;
 * told, when a JPEG is halved with at least 1.75 left, which saves a third of the time of the 12
 * megapixels of many phones and stays within the goal (process.bench.ts has the differences).
 */
function halvingInDecoderIsGood(source: Size & { format: SourceFormat }, to: Size): boolean {
  const factor = Math.min(source.width / to.width, source.height / to.height)
  return source.format === 'jpeg' && factor >= 3.5 && factor < 4
}
