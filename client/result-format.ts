import type { Options } from '../functions/contract/options.ts'
import { RESULT_MEDIA_TYPES, type ResultFormat } from '../functions/contract/result-format.ts'

const EXTENSIONS = {
  jpeg: '.jpg',
  png: '.png',
  webp: '.webp',
  npy: '.npy',
  raw: '.bin',
} as const satisfies Record<ResultFormat, string>

const EVERY_FORMAT = Object.keys(EXTENSIONS) as ResultFormat[]

/** The format of a result by its `Content-Type`, or `undefined` when it is none of them. */
export function formatFromContentType(contentType: string): ResultFormat | undefined {
  const [mediaType] = contentType.toLowerCase().split(/\s*;/)
  return EVERY_FORMAT.find((format) => RESULT_MEDIA_TYPES[format] === mediaType)
}

/** The extension of the files that hold this format, with its dot. */
export function extensionOf(format: ResultFormat): string {
  return EXTENSIONS[format]
}

/**
 * The formats that may come back for a requested one. Without a request any may: the service
 * decides, or the preset, and only the service knows what that asks for.
 */
export function possibleFormats(requested: Options['format'] = 'source'): ResultFormat[] {
  return requested === 'source' ? EVERY_FORMAT : [requested]
}
