/** Runs a source through the header and the pipeline, as the app does. */
import type { ResolvedOptions } from '../contract/options.ts'
import { createDeadline } from './deadline.ts'
import type { Pixels } from './decode.ts'
import type { Result } from './encode.ts'
import { processFast } from './process.ts'
import { readSourceHeader } from './source-header.ts'

/** Everything as it is stored, as raw RGB: what a test does not name changes no pixel. */
const AS_IT_IS: ResolvedOptions = {
  scale: 'none',
  grayscale: false,
  fit: 'fill',
  filter: 'lanczos',
  orient: 'apply',
  alpha: 'drop',
  icc: 'ignore',
  format: 'raw',
  quality: 90,
  mode: 'fast',
}

/** The result for a source, with the options that differ from the full-size RGB picture. */
export async function processed(
  source: Buffer,
  options: Partial<ResolvedOptions> = {},
): Promise<Result> {
  const header = await readSourceHeader(source)
  return processFast(source, header, { ...AS_IT_IS, ...options }, createDeadline(30_000))
}

/** The pixels of the result. */
export async function pixelsOf(
  source: Buffer,
  options: Partial<Omit<ResolvedOptions, 'format'>> = {},
): Promise<Pixels> {
  const { bytes, info } = await processed(source, { ...options, format: 'raw' })
  const { width, height } = info
  // A plain view: a Buffer is never equal to other bytes in a comparison.
  const data = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return { data, width, height, channels: info.channels === 1 ? 1 : 3 }
}
