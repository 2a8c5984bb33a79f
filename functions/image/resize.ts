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
  const size = fit === 'fill' || fit === 'cover' ? scale : sizeInside(source, scale)
  const box = fit === 'cover' ? centredBox(source, scale) : { left: 0, top: 0, ...sides(source) }
  // sharp turns an image after its resize, unless a part is taken from it before; libvips enlarges in
  // a way that differs from side to side, so an enlarged image must be turned first.
  const enlarged = size.width > box.width || size.height > box.height
  const part = fit === 'cover' || enlarged ? image.extract(box) : image
  const resized = part.resize({
    ...size,
    fit: 'fill',
    kernel: KERNELS[filter],
    fastShrinkOnLoad: halvingInDecoderIsGood(source, size),
  })
  if (fit !== 'contain') return resized
  return resized.extend({ ...centred(size, scale), background: '#000000' })
}

function sides({ width, height }: Size): Size {
  return { width, height }
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
