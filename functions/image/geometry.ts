import type { Geometry } from '../contract/image-headers.ts'
import type { ResolvedOptions, Size } from '../contract/options.ts'

/** A part of the source as it is seen, in pixels and parts of them. */
export type Box = { left: number; top: number; right: number; bottom: number }

/** Whole pixels of a picture; what lies outside of it is black. */
export type Window = Size & { left: number; top: number }

/** How a result comes from a source: the box is resized to the size, and the window is the result. */
export type Placement = { box: Box; size: Size; window: Window }

type PlacementOptions = Pick<ResolvedOptions, 'scale' | 'fit' | 'crop' | 'mode'>

/**
 * Where each part of a source (of the size as it is seen) comes to lie. `contain`, `cover` and `inside`
 * are ImageOps.pad, fit and contain of Pillow, `short-side` and the crop are Resize and CenterCrop of
 * torchvision. In `fast` the box is one of whole pixels, as libvips needs it.
 */
export function placement(source: Size, options: PlacementOptions): Placement {
  const box = sourceBox(source, options)
  const size = resizedSize(source, options)
  const fitted = fittedWindow(size, options)
  return { box, size, window: options.crop === 'none' ? fitted : centre(fitted, options.crop) }
}

/** The part of a window in which there is a picture. */
export function pictureIn(window: Window, size: Size): Window {
  const left = Math.max(0, window.left)
  const top = Math.max(0, window.top)
  return {
    left,
    top,
    width: Math.min(size.width, window.left + window.width) - left,
    height: Math.min(size.height, window.top + window.height) - top,
  }
}

/** The map from result to source, as the client is told. */
export function geometryOf({ box, size, window }: Placement): Geometry {
  const scaleX = (box.right - box.left) / size.width
  const scaleY = (box.bottom - box.top) / size.height
  return {
    scaleX,
    scaleY,
    offsetX: box.left + window.left * scaleX,
    offsetY: box.top + window.top * scaleY,
  }
}

function sourceBox(source: Size, { scale, fit, mode }: PlacementOptions): Box {
  if (fit === 'cover' && scale !== 'none') {
    return mode === 'exact'
      ? centredBox(source, scale)
      : wholeBox(centredBox(source, scale), source)
  }
  return { left: 0, top: 0, right: source.width, bottom: source.height }
}

function resizedSize(source: Size, { scale, fit }: PlacementOptions): Size {
  if (scale === 'none') return source
  switch (fit) {
    case 'fill':
    case 'cover':
      return scale
    case 'inside':
    case 'contain':
      return sizeInside(source, scale)
    case 'short-side':
      return sizeByShortSide(source, scale.width)
  }
}

/** The whole of the resized picture, or for `contain` the wanted size around it. */
function fittedWindow(size: Size, { scale, fit }: PlacementOptions): Window {
  if (fit !== 'contain' || scale === 'none') return { left: 0, top: 0, ...size }
  return {
    left: 0 - roundHalfToEven((scale.width - size.width) * 0.5),
    top: 0 - roundHalfToEven((scale.height - size.height) * 0.5),
    ...scale,
  }
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
    return { width, height: atLeastOne(roundHalfToEven((source.height / source.width) * width)) }
  }
  if (aspect < wantedAspect) {
    return { width: atLeastOne(roundHalfToEven((source.width / source.height) * height)), height }
  }
  return wanted
}

/** The size of the source's aspect with a short side of the given length, as torchvision's Resize. */
export function sizeByShortSide({ width, height }: Size, shortSide: number): Size {
  const isUpright = width <= height
  const [short, long] = isUpright ? [width, height] : [height, width]
  const longSide = Math.trunc((shortSide * long) / short)
  return isUpright ? { width: shortSide, height: longSide } : { width: longSide, height: shortSide }
}

/** The centred part of a source that has the aspect of the wanted size, as Pillow's ImageOps.fit. */
export function centredBox(source: Size, wanted: Size): Box {
  const aspect = source.width / source.height
  const wantedAspect = wanted.width / wanted.height
  const width = aspect > wantedAspect ? wantedAspect * source.height : source.width
  const height = aspect < wantedAspect ? source.width / wantedAspect : source.height
  const left = (source.width - width) * 0.5
  const top = (source.height - height) * 0.5
  return { left, top, right: left + width, bottom: top + height }
}

/** The same to whole pixels, at least one each way and within the source. */
export function wholeBox({ left, top, right, bottom }: Box, source: Size): Box {
  const width = Math.min(source.width, atLeastOne(roundHalfToEven(right - left)))
  const height = Math.min(source.height, atLeastOne(roundHalfToEven(bottom - top)))
  const wholeLeft = roundHalfToEven((source.width - width) * 0.5)
  const wholeTop = roundHalfToEven((source.height - height) * 0.5)
  return {
    left: wholeLeft,
    top: wholeTop,
    right: wholeLeft + width,
    bottom: wholeTop + height,
  }
}

/** The centre of a window as torchvision's CenterCrop cuts it, or pads where there is too little. */
function centre(window: Window, { width, height }: Size): Window {
  return {
    left: window.left + cropOffset(window.width, width),
    top: window.top + cropOffset(window.height, height),
    width,
    height,
  }
}

function cropOffset(side: number, wanted: number): number {
  const rest = side - wanted
  return rest >= 0 ? roundHalfToEven(rest / 2) : 0 - Math.floor(-rest / 2)
}

function atLeastOne(side: number): number {
  return Math.max(1, side)
}

/** Python's `round()`. */
function roundHalfToEven(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  if (rest === 0.5) return floor % 2 === 0 ? floor : floor + 1
  return Math.round(value)
}
