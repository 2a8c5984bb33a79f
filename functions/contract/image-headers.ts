import { SOURCE_FORMATS, type SourceFormat } from './source-format.ts'

export const SOURCE_HEADER = 'Image-Source'
export const RESULT_HEADER = 'Image-Result'

/** The source as it is stored: sides in pixels before orientation, EXIF orientation 1 to 8. */
export type SourceInfo = {
  width: number
  height: number
  format: SourceFormat
  orientation: number
}

/** The result as a decoder sees it: sides in pixels, channels per pixel, bits per channel. */
export type ResultInfo = { width: number; height: number; channels: number; depth: number }

type Item = number | string

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
  const { width, height, channels, depth } = result
  return dictionaryToText({ width, height, channels, depth })
}

/** The result that an `Image-Result` describes, or `undefined` when it does not. */
export function resultFromHeader(text: string): ResultInfo | undefined {
  const { width, height, channels, depth } = dictionaryFromText(text)
  if (!isCount(width) || !isCount(height) || !isCount(channels) || !isCount(depth)) return undefined
  return { width, height, channels, depth }
}

function dictionaryToText(items: Record<string, Item>): string {
  return Object.entries(items)
    .map(([key, item]) => `${key}=${typeof item === 'number' ? item : `"${item}"`}`)
    .join(', ')
}

/** Integers and plain strings, the only items these headers use; other members are passed over. */
function dictionaryFromText(text: string): Record<string, Item | undefined> {
  const members = text.matchAll(/(?:^|,)\s*([a-z][a-z0-9_-]*)=(?:(\d{1,15})|"([^"\\]*)")/g)
  const items: Record<string, Item> = {}
  for (const [, key = '', digits, string = ''] of members) {
    items[key] = digits === undefined ? string : Number(digits)
  }
  return items
}

function isCount(item: Item | undefined): item is number {
  return typeof item === 'number' && item > 0
}
