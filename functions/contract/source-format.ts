import { ProblemError } from './problem.ts'

/** The formats a source may have; the list is closed. */
export const SOURCE_FORMATS = ['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const
export type SourceFormat = (typeof SOURCE_FORMATS)[number]

/**
 * The format of a source by its first bytes, or `undefined` for anything outside the list. Nothing
 * a client declares about the bytes is believed, and both functions decide alike. Needs at most the
 * first 256 bytes.
 */
export function recogniseFormat(bytes: Uint8Array): SourceFormat | undefined {
  if (hasAscii(bytes, 0, '\xff\xd8\xff')) return 'jpeg'
  if (hasAscii(bytes, 0, '\x89PNG\r\n\x1a\n')) return 'png'
  if (hasAscii(bytes, 0, 'RIFF') && hasAscii(bytes, 8, 'WEBP')) return 'webp'
  if (hasAscii(bytes, 0, 'GIF87a') || hasAscii(bytes, 0, 'GIF89a')) return 'gif'
  if (TIFF_SIGNATURES.some((signature) => hasAscii(bytes, 0, signature))) return 'tiff'
  if (isAvif(bytes)) return 'avif'
  return undefined
}

const NO_IMAGE =
  'These bytes are not an image this service reads; send JPEG, PNG, WebP, GIF, TIFF ' +
  'or AVIF as the whole body, as curl --data-binary @FILE does.'

/**
 * The format of a source. Throws `invalid_request` for no bytes and `unsupported_media_type`, with the
 * sentence, for bytes of no format in the list.
 */
export function requireFormat(bytes: Uint8Array, noImage: string = NO_IMAGE): SourceFormat {
  if (bytes.length === 0) {
    throw new ProblemError('invalid_request', 'The body is empty; send the bytes of an image.')
  }
  const format = recogniseFormat(bytes)
  if (format) return format
  throw new ProblemError('unsupported_media_type', noImage)
}

/** Little and big endian, classic (42) and BigTIFF (43). */
const TIFF_SIGNATURES = ['II*\0', 'MM\0*', 'II+\0', 'MM\0+']

/** Room for some 60 compatible brands, where real files name fewer than ten. */
const MAX_FTYP_BYTES = 256

/** ISO/IEC 14496-12 `ftyp`: a major brand, a version, compatible brands; AVIF is any of them. */
function isAvif(bytes: Uint8Array): boolean {
  if (!hasAscii(bytes, 4, 'ftyp')) return false
  const boxBytes = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
  const end = Math.min(boxBytes, bytes.length, MAX_FTYP_BYTES)
  for (let at = 8; at + 4 <= end; at += 4) {
    const isVersion = at === 12
    if (!isVersion && (hasAscii(bytes, at, 'avif') || hasAscii(bytes, at, 'avis'))) return true
  }
  return false
}

function hasAscii(bytes: Uint8Array, at: number, text: string): boolean {
  if (bytes.length < at + text.length) return false
  for (let i = 0; i < text.length; i++) {
    if (bytes[at + i] !== text.charCodeAt(i)) return false
  }
  return true
}
