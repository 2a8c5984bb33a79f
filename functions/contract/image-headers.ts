import type { Options, ResolvedOptions } from './options.ts'
import { SOURCE_FORMATS, type SourceFormat } from './source-format.ts'

export const SOURCE_HEADER = 'Image-Source'
export const RESULT_HEADER = 'Image-Result'
export const GEOMETRY_HEADER = 'Image-Geometry'

/** The source as it is stored: sides in pixels before orientation, EXIF orientation 1 to 8. */
export type SourceInfo = {
  width: number
  height: number
  format: SourceFormat
  orientation: number
}

/** The result as a decoder sees it: sides in pixels, channels per pixel, bits per channel. */
export type ResultPixels = { width: number; height: number; channels: number; depth: number }

/** The result, which mode made it, and of npy and raw how the numbers lie. */
export type ResultInfo = ResultPixels & { mode: ResolvedOptions['mode']; tensor?: TensorInfo }

/** The length of each axis, the type of the numbers, and the order of the axes. */
export type TensorInfo = { shape: readonly number[] } & Pick<Options, 'dtype' | 'layout'>

/**
 * The map from result to source: a point (x, y) of the result lies at (x * scaleX + offsetX,
 * y * scaleY + offsetY) of the source as it is seen, after its orientation. Points are counted in
 * pixels from the outer corner of the first one, so that its centre is (0.5, 0.5).
 */
export type Geometry = { scaleX: number; scaleY: number; offsetX: number; offsetY: number }

type BareItem = number | string
type Item = BareItem | readonly number[]

/** The value of `Image-Source`, an RFC 9651 dictionary. */
export function sourceToHeader(source: SourceInfo): string {
  const { width, height, format, orientation } = source
  return dictionaryToText({ width, height, format, orientation })
}

/** The source that an `Image-Source` describes, or `undefined` when it does not. */
export function sourceFromHeader(text: string): SourceInfo | undefined {
  const { width, height, format, orientation } = dictionaryFromText(text)
  const known = SOURCE_FORMATS.find((candidate) => candidate === format)
  if (!isCount(width) || !isCount(height) || !known || !isCount(orientation)) return undefined
  return { width, height, format: known, orientation }
}

/** The value of `Image-Result`, an RFC 9651 dictionary. */
export function resultToHeader(result: ResultInfo): string {
  const { width, height, channels, depth, mode, tensor } = result
  return dictionaryToText({ width, height, channels, depth, mode, ...inOrder(tensor) })
}

/** In one order, whoever made the object: a header that is always the same is easier to read. */
function inOrder(tensor: TensorInfo | undefined) {
  return tensor && { shape: tensor.shape, dtype: tensor.dtype, layout: tensor.layout }
}

/** The pixels that an `Image-Result` describes, or `undefined` when it does not. */
export function resultFromHeader(text: string): ResultPixels | undefined {
  const { width, height, channels, depth } = dictionaryFromText(text)
  if (!isCount(width) || !isCount(height) || !isCount(channels) || !isCount(depth)) return undefined
  return { width, height, channels, depth }
}

/**
 * The value of `Image-Geometry`, an RFC 9651 dictionary. The numbers are strings, to be exact: a
 * decimal of RFC 9651 ends three digits after its point, which is pixels off on a large image.
 */
export function geometryToHeader({ scaleX, scaleY, offsetX, offsetY }: Geometry): string {
  return dictionaryToText({
    'scale-x': String(scaleX),
    'scale-y': String(scaleY),
    'offset-x': String(offsetX),
    'offset-y': String(offsetY),
  })
}

/** The map that an `Image-Geometry` describes, or `undefined` when it does not. */
export function geometryFromHeader(text: string): Geometry | undefined {
  const items = dictionaryFromText(text)
  const [scaleX, scaleY, offsetX, offsetY] = ['scale-x', 'scale-y', 'offset-x', 'offset-y'].map(
    (key) => numberFromText(items[key]),
  )
  if (scaleX === undefined || scaleY === undefined) return undefined
  if (offsetX === undefined || offsetY === undefined) return undefined
  return { scaleX, scaleY, offsetX, offsetY }
}

function numberFromText(text: BareItem | undefined): number | undefined {
  if (typeof text !== 'string' || text.trim() === '') return undefined
  const number = Number(text)
  return Number.isFinite(number) ? number : undefined
}

function dictionaryToText(items: Record<string, Item>): string {
  return Object.entries(items)
    .map(([key, item]) => `${key}=${itemToText(item)}`)
    .join(', ')
}

function itemToText(item: Item): string {
  if (typeof item === 'number') return String(item)
  return typeof item === 'string' ? `"${item}"` : `(${item.join(' ')})`
}

/** Integers and plain strings, all that is read of these headers; other members are passed over. */
function dictionaryFromText(text: string): Record<string, BareItem | undefined> {
  const members = text.matchAll(/(?:^|,)\s*([a-z][a-z0-9_-]*)=(?:(\d{1,15})|"([^"\\]*)")/g)
  const items: Record<string, BareItem> = {}
  for (const [, key = '', digits, string = ''] of members) {
    items[key] = digits === undefined ? string : Number(digits)
  }
  return items
}

function isCount(item: BareItem | undefined): item is number {
  return typeof item === 'number' && item > 0
}
