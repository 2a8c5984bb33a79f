/** Runs a source through the header and the pipeline, as the app does, in this thread. */
import './libvips-settings.ts'
import type { ResolvedOptions } from '../contract/options.ts'
import { createDeadline } from './deadline.ts'
import type { ImageWork, ProcessImage } from './image-workers.ts'
import type { Pixels } from './pixels.ts'
import { processImage, type Result } from './process.ts'
import { type Processed, processSource } from './process-source.ts'
import { readSourceHeader } from './source-header.ts'

/** Everything as it is stored, as raw RGB: what a test does not name changes no pixel. */
export const AS_IT_IS: ResolvedOptions = {
  scale: 'none',
  grayscale: false,
  fit: 'fill',
  crop: 'none',
  filter: 'lanczos',
  orient: 'apply',
  alpha: 'drop',
  icc: 'ignore',
  format: 'raw',
  quality: 90,
  mode: 'exact',
  pillow: '13',
  dtype: 'uint8',
  layout: 'hwc',
  mean: [0],
  std: [1],
}

/** The pipeline in this thread, as the app is given it. */
export const processHere: ProcessImage = (task) => asWork(processSource(task))

/** What a result is the end of. */
export function asWork(result: Promise<Processed>): ImageWork {
  return { result, ended: Promise.allSettled([result]).then(() => {}) }
}

/** The result for a source, with the options that differ from the full-size RGB picture. */
export async function processed(
  bytes: Buffer,
  options: Partial<ResolvedOptions> = {},
): Promise<Result> {
  const header = await readSourceHeader(bytes)
  return processImage({ bytes, header }, { ...AS_IT_IS, ...options }, createDeadline(30_000))
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
