import type { ResolvedOptions } from '../contract/options.ts'
import type { Deadline } from './deadline.ts'
import { fromPixels, type LazyImage, toPixels } from './decode.ts'
import type { SourceHeader } from './source-header.ts'

/**
 * Makes an image opaque: `drop` keeps the colour that lies under transparent pixels, as Pillow's
 * `convert` does; a colour is what the image is laid on.
 *
 * libvips premultiplies before it resizes, which would turn what is transparent black, so `drop`
 * decodes first and the later steps start from the opaque pixels.
 */
export async function makeOpaque(
  image: LazyImage,
  header: SourceHeader,
  { alpha, scale }: Pick<ResolvedOptions, 'alpha' | 'scale'>,
  deadline: Deadline,
): Promise<LazyImage> {
  if (!header.hasAlpha) return image
  if (alpha !== 'drop') {
    // In the colour space of a gray source only the red of the background would count.
    return image.pipelineColourspace('srgb').flatten({ background: alpha })
  }
  if (scale === 'none') return image
  return fromPixels(await toPixels(image, header, deadline))
}
