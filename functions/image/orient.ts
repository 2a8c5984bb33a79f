import type { Options } from '../contract/options.ts'
import type { LazyImage } from './decode.ts'

/** Turns and mirrors the image as its EXIF orientation says, or leaves it as it is stored. */
export function orient(image: LazyImage, how: Options['orient']): LazyImage {
  return how === 'apply' ? image.autoOrient() : image
}
