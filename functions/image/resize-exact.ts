import type { ResolvedOptions, Size } from '../contract/options.ts'
import { onBlack } from './canvas.ts'
import { type Placement, pictureIn } from './geometry.ts'
import { luma } from './luma.ts'
import { nearest } from './nearest.ts'
import type { Pixels } from './pixels.ts'
import { resample } from './resample.ts'

type ExactOptions = Pick<ResolvedOptions, 'filter' | 'pillow' | 'grayscale'>

/** Places RGB pixels as they are to lie, in gray or colour: the pixels that Pillow makes. */
export function resizeExact(rgb: Pixels, where: Placement, options: ExactOptions): Pixels {
  const { window, size } = where
  const inside = pictureIn(window, size)
  const picture = resizePicture(rgb, { ...where, window: inside }, options)
  return onBlack(picture, inside, window)
}

function resizePicture(rgb: Pixels, where: Placement, options: ExactOptions): Pixels {
  const { filter, pillow, grayscale } = options
  const isPicked = filter === 'nearest' || isUnchanged(rgb, where)
  if (!isPicked) return resample(rgb, where, { filter, pillow }, grayscale ? 1 : 3)
  const picked = isWhole(rgb, where) ? rgb : nearest(rgb, where)
  return grayscale ? luma(picked) : picked
}

function isUnchanged(source: Size, { box, size }: Placement): boolean {
  const boxed = { width: box.right - box.left, height: box.bottom - box.top }
  return isSameSize(source, size) && isSameSize(source, boxed)
}

/** Whether every pixel stays where it is. */
function isWhole(source: Size, where: Placement): boolean {
  return isUnchanged(source, where) && isSameSize(source, where.window)
}

function isSameSize(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height
}
