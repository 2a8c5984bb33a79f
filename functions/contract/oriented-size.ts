import type { Options, Size } from './options.ts'

/** EXIF orientations 5 to 8 lay the image on its side. */
const FIRST_TRANSPOSED_ORIENTATION = 5

/** The size of a source as it is seen: after its EXIF orientation, unless that is ignored. */
export function orientedSize(
  stored: Size & { orientation: number },
  orient: Options['orient'],
): Size {
  const { width, height, orientation } = stored
  const transposed = orient === 'apply' && orientation >= FIRST_TRANSPOSED_ORIENTATION
  return transposed ? { width: height, height: width } : { width, height }
}
