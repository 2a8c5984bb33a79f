import { requireFormat, type SourceFormat } from '../contract/source-format.ts'
import { checkSourcePixels } from '../contract/source-limits.ts'
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
  /** Its bytes, for the work that needs them. Ends early when the signal aborts. */
  load: (signal: AbortSignal) => Promise<Body>
  /** Its bytes where they were brought by this request, and may be worth keeping. */
  brought?: Body | undefined
}

/** What the formats need to be told apart. */
const SIGNATURE_BYTES = 256

/**
 * Reads what a source is from its first bytes. Throws `unsupported_media_type`, `invalid_request` for an
 * empty one, and `too_many_pixels` by what its header says.
 */
export function describeSource(
  body: Body,
  sha256: string,
  maxSourcePixels: number,
): SourceDescription {
  const format = requireFormat(firstBytes(body, SIGNATURE_BYTES))
  const header = readSourceHeader(body, format)
  if (header) checkSourcePixels(header, maxSourcePixels)
  return { sha256, format, header }
}
