import { requireFormat, type SourceFormat } from '../contract/source-format.ts'
import { checkSourcePixels } from '../contract/source-limits.ts'
import type { Held } from '../runtime/held-bytes.ts'
import type { Body } from '../runtime/read-body.ts'
import { firstBytes, readSourceHeader, type SourceHeader } from './source-header.ts'

/** What is known of a source without its bytes, which is all that its options and its key need. */
export type SourceDescription = {
  sha256: string
  format: SourceFormat
  header: SourceHeader | undefined
}

/** A source that is to be processed. */
export type Source = SourceDescription & {
  body: Body
  /** Holds the bytes of the body for as long as whoever gave the source has it. */
  held: Held
  /** Whether it comes from where sources are kept. */
  isKept: boolean
}

/** What the formats need to be told apart. */
const SIGNATURE_BYTES = 256

/**
 * Reads what a source is from its first bytes. Throws `unsupported_media_type`, with the sentence if there
 * is one, `invalid_request` for an empty one, and `too_many_pixels` by what its header says.
 */
export function describeSource(
  body: Body,
  sha256: string,
  maxSourcePixels: number,
  noImage?: string,
): SourceDescription {
  const format = requireFormat(firstBytes(body, SIGNATURE_BYTES), noImage)
  const header = readSourceHeader(body, format)
  if (header) checkSourcePixels(header, maxSourcePixels)
  return { sha256, format, header }
}
