import type { ResolvedOptions } from './options.ts'

/** The formats a result may have; the list is closed. */
export type ResultFormat = ResolvedOptions['format']

/** The media type of a result of each format, with no parameters. */
export const RESULT_MEDIA_TYPES = {
  png: 'image/png',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  npy: 'application/x-npy',
  raw: 'application/octet-stream',
} as const satisfies Record<ResultFormat, string>

/** The bits of a number of npy and raw, which `Image-Result` calls depth. */
export const DTYPE_BITS = {
  uint8: 8,
  float32: 32,
  float16: 16,
} as const satisfies Record<ResolvedOptions['dtype'], number>

/** What a result in NPY begins with, version 1.0; two bytes with the length of its header follow. */
export const NPY_MAGIC = '\x93NUMPY\x01\x00'
