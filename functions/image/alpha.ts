import type { ResolvedOptions } from '../contract/options.ts'
import type { Deadline } from './deadline.ts'
import { fromPixels, type LazyImage, toPixels } from './decode.ts'
import type { Pixels } from './pixels.ts'
import type { SourceHeader } from './source-header.ts'

/**
 * Makes an image opaque: `drop` keeps the colour that lies under transparent pixels, as Pillow's
 * `convert` does; a colour is what the image is laid on.
 */
export function makeOpaque(
  image: LazyImage,
  header: SourceHeader,
  alpha: ResolvedOptions['alpha'],
): LazyImage {
  // Where pixels are read their alpha is removed, which is all that `drop` needs.
  if (!header.hasAlpha || alpha === 'drop') return image
  // In the colour space of a gray source only the red of the background would count.
  return image.pipelineColourspace('srgb').flatten({ background: alpha })
}

/** An opaque image, and the pixels that it starts from where it was decoded for that. */
type Opaque = { image: LazyImage; pixels?: Pixels }

/**
 * The same for an image that libvips will resize: it premultiplies before, which would turn what is
 * transparent black, so `drop` decodes first and the later steps start from the opaque pixels.
 */
export async function makeOpaqueForResize(
  image: LazyImage,
  header: SourceHeader,
  alpha: ResolvedOptions['alpha'],
  deadline: Deadline,
): Promise<Opaque> {
  const opaque = makeOpaque(image, header, alpha)
  if (!header.hasAlpha || alpha !== 'drop') return { image: opaque }
  const pixels = await toPixels(opaque, header, deadline)
  return { image: fromPixels(pixels), pixels }
}
