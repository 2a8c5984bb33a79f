import type { Options, Size } from '../contract/options.ts'

/** The size of the result, from the size of the source as it is seen. */
export function resultSize(source: Size, options: Pick<Options, 'scale' | 'fit'>): Size {
  if (options.scale === 'none') return source
  return options.fit === 'inside' ? sizeInside(source, options.scale) : options.scale
}

/**
 * The largest size of the source's aspect inside the wanted one, as Pillow's ImageOps.contain has
 * it; it enlarges too, and a side that would round to 0 is 1.
 */
export function sizeInside(source: Size, wanted: Size): Size {
  const { width, height } = wanted
  const aspect = source.width / source.height
  const wantedAspect = width / height
  if (aspect > wantedAspect) {
    return { width, height: atLeastOne((source.height / source.width) * width) }
  }
  if (aspect < wantedAspect) {
    return { width: atLeastOne((source.width / source.height) * height), height }
  }
  return wanted
}

/** Where an image of `size` lies on a canvas when centred, as Pillow's ImageOps.pad rounds it. */
export function centred(size: Size, canvas: Size) {
  const left = roundHalfToEven((canvas.width - size.width) * 0.5)
  const top = roundHalfToEven((canvas.height - size.height) * 0.5)
  return {
    left,
    top,
    right: canvas.width - size.width - left,
    bottom: canvas.height - size.height - top,
  }
}

/**
 * The centred part of a source that has the aspect of the wanted size: the box of Pillow's
 * ImageOps.fit, to whole pixels.
 */
export function centredBox(source: Size, wanted: Size) {
  const aspect = wanted.width / wanted.height
  const width = Math.min(source.width, atLeastOne(source.height * aspect))
  const height = Math.min(source.height, atLeastOne(source.width / aspect))
  const { left, top } = centred({ width, height }, source)
  return { left, top, width, height }
}

function atLeastOne(side: number): number {
  return Math.max(1, roundHalfToEven(side))
}

/** Python's `round()`. */
function roundHalfToEven(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  if (rest === 0.5) return floor % 2 === 0 ? floor : floor + 1
  return Math.round(value)
}
