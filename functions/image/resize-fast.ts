import type { ResolvedOptions, Size } from '../contract/options.ts'
import type { SourceFormat } from '../contract/source-format.ts'
import type { LazyImage } from './decode.ts'
import type { Placement } from './geometry.ts'

/** What libvips calls the filters that it shares with Pillow. */
const KERNELS: Partial<Record<ResolvedOptions['filter'], 'lanczos3' | 'cubic' | 'linear'>> = {
  lanczos: 'lanczos3',
  bicubic: 'cubic',
  bilinear: 'linear',
}

/**
 * Shrinks an image by libvips. Its box is one of whole pixels, and the window lies within the resized
 * picture: what sharp says of the size of a result is wrong where it has cut and padded.
 */
export function resizeFast(
  image: LazyImage,
  source: Size & { format: SourceFormat },
  { box, size, window }: Placement,
  filter: ResolvedOptions['filter'],
): LazyImage {
  const kernel = KERNELS[filter]
  if (!kernel) throw new Error(`libvips has no ${filter}`)
  const boxed = {
    left: box.left,
    top: box.top,
    width: box.right - box.left,
    height: box.bottom - box.top,
  }
  const part = isSameSize(boxed, source) ? image : image.extract(boxed)
  const resized = part.resize({
    ...size,
    fit: 'fill',
    kernel,
    fastShrinkOnLoad: halvingInDecoderIsGood(source, size),
  })
  return isSameSize(window, size) ? resized : resized.extract(window)
}

function isSameSize(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height
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
