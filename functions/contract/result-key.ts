import { hash } from 'node:crypto'
import * as z from 'zod'
import { type OptionName, optionsSchema, type ResolvedOptions } from './options.ts'

/**
 * Names the bytes that the pipeline makes. Any change that alters an output byte raises it; the
 * golden hashes of the image function fail until it does.
 */
export const PIPELINE_VERSION = '2'

/**
 * The name of a result: 64 lower-case hex digits, SHA-256 over the pipeline version, the SHA-256 of
 * the source bytes and the canonical options, a line each. Options without effect on the bytes are
 * left out, so that equal work has an equal key.
 */
export function resultKey(sourceSha256: string, options: ResolvedOptions): string {
  return resultKeyOf(PIPELINE_VERSION, sourceSha256, effectiveQuery(options))
}

/** The same from what is kept beside a result, which another version of the pipeline may have made. */
export function resultKeyOf(version: string, sourceSha256: string, effectiveQuery: string): string {
  return hash('sha256', `${version}\n${sourceSha256}\n${effectiveQuery}`, 'hex')
}

/** The canonical options as a query string, without those that change no byte of the result. */
export function effectiveQuery(options: ResolvedOptions): string {
  const query = new URLSearchParams(z.encode(optionsSchema, options))
  for (const name of withoutEffect(options)) query.delete(name)
  return query.toString()
}

function withoutEffect(options: ResolvedOptions): OptionName[] {
  const names: OptionName[] = []
  if (options.format !== 'jpeg' && options.format !== 'webp') names.push('quality')
  if (options.scale === 'none') names.push('fit', 'filter')
  // Only where there are two passes does it matter which comes first.
  const hasPasses = options.scale !== 'none' && options.filter !== 'nearest'
  if (options.mode === 'fast' || !hasPasses) names.push('pillow')
  return names
}
