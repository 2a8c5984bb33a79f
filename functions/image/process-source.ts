import type { ResolvedOptions } from '../contract/options.ts'
import { checkSourcePixels } from '../contract/source-limits.ts'
import { createDeadline } from './deadline.ts'
import { checkDecodedBytes } from './decoded-bytes.ts'
import type { LeftFlag } from './left-flag.ts'
import { plan, processImage, type Result } from './process.ts'
import { checkPlacement, checkResultSize } from './result-limits.ts'
import { readSourceHeader, type SourceHeader } from './source-header.ts'

/** A source as it came, of which nothing but its first bytes is known, and what to make of it. */
export type ImageTask = {
  bytes: Uint8Array
  options: ResolvedOptions
  limits: Limits
  /** What is left of the time that it may take. */
  timeoutMs: number
  /** What is raised when nobody waits for the result any more: no other step is begun then. */
  left?: LeftFlag
}

export type Limits = { maxSourcePixels: number; maxResultPixels: number }

/** A result, and what the header of its source says. */
export type Processed = Result & { source: SourceHeader }

/**
 * Reads the header of a source, refuses what is beyond the limits, and processes the rest: all that looks at
 * more than its first bytes, so that it is done where there are a slot, a deadline and a thread that can
 * be ended. Throws `undecodable_image`, `too_many_pixels` and `image_function_timeout`.
 */
export async function processSource(task: ImageTask): Promise<Processed> {
  const { options, limits, timeoutMs, left } = task
  const deadline = createDeadline(timeoutMs, left)
  const bytes = Buffer.from(task.bytes.buffer, task.bytes.byteOffset, task.bytes.byteLength)
  const header = await readSourceHeader(bytes)
  checkLimits(header, options, limits)
  const result = await processImage({ bytes, header }, options, deadline)
  return { ...result, source: header }
}

function checkLimits(
  header: SourceHeader,
  options: ResolvedOptions,
  { maxSourcePixels, maxResultPixels }: Limits,
): void {
  checkSourcePixels(header, maxSourcePixels)
  checkDecodedBytes(header, maxSourcePixels)
  const { seen, where } = plan(header, options)
  checkResultSize(where.window, options, maxResultPixels)
  checkPlacement(seen, where, options, maxSourcePixels)
}
