import type { Options, ResolvedOptions } from '../functions/contract/options.ts'

export type ResultFormat = ResolvedOptions['format']

const RESULT_FORMATS = {
  jpeg: { mediaType: 'image/jpeg', extension: '.jpg' },
  png: { mediaType: 'image/png', extension: '.png' },
  webp: { mediaType: 'image/webp', extension: '.webp' },
  npy: { mediaType: 'application/x-npy', extension: '.npy' },
  raw: { mediaType: 'application/octet-stream', extension: '.bin' },
} as const satisfies Record<ResultFormat, { mediaType: string; extension: string }>

const EVERY_FORMAT = Object.keys(RESULT_FORMATS) as ResultFormat[]

/** The format of a result by its `Content-Type`, or `undefined` when it is none of them. */
export function formatFromContentType(contentType: string): ResultFormat | undefined {
  const [mediaType] = contentType.toLowerCase().split(/\s*;/)
  return EVERY_FORMAT.find((format) => RESULT_FORMATS[format].mediaType === mediaType)
}

/** The extension of the files that hold this format, with its dot. */
export function extensionOf(format: ResultFormat): string {
  return RESULT_FORMATS[format].extension
}

/**
 * The formats that may come back for a requested one. Without a request any may: the service
 * decides, or the preset, and only the service knows what that asks for.
 */
export function possibleFormats(requested: Options['format'] = 'source'): ResultFormat[] {
  return requested === 'source' ? EVERY_FORMAT : [requested]
}
