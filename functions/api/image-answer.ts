import { effectiveQuery, resultKey } from '../contract/result-key.ts'
import type { AppContext } from '../runtime/app.ts'
import type { Timings } from '../runtime/server-timing.ts'
import type { ApiConfig } from './config.ts'
import { hasTag } from './entity-tag.ts'
import type { Held } from './held-bytes.ts'
import type { ImageFunction } from './image-function.ts'
import type { AskedOptions } from './merge-options.ts'
import { resolveOptions } from './resolve-options.ts'
import type { Results } from './results.ts'
import type { Source } from './source.ts'

/** What a request for an image has beside its source. */
export type ImageRequest = {
  asked: AskedOptions
  signal: AbortSignal
  timings: Timings
  held: Held
}

/**
 * Answers with the result of a source, which is made unless it is there. With `cacheControl` the answer
 * may be kept by whoever gets it, and is 304 for who has it already.
 */
export type ImageAnswer = (
  c: AppContext,
  request: ImageRequest,
  source: Source,
  cacheControl?: string,
) => Promise<Response>

export function createImageAnswer(
  config: ApiConfig,
  results: Results,
  imageFunction: ImageFunction,
): ImageAnswer {
  return async (c, { asked, signal, timings, held }, source, cacheControl) => {
    const options = resolveOptions(asked, source, config.SIZE_MARGIN_PERCENT)
    const { sha256: sourceSha256, format } = source
    const key = resultKey(sourceSha256, options)
    c.var.logged.key = key
    const naming = {
      'Content-Location': `/results/${key}`,
      ETag: `"${key}"`,
      ...(cacheControl !== undefined && { 'Cache-Control': cacheControl }),
    }
    const isKnown = cacheControl !== undefined && hasTag(c.req.header('If-None-Match'), naming.ETag)
    // The key names its bytes: who has them needs no result that is there.
    if (isKnown) return c.body(null, 304, { ...naming, ...serverTiming(timings.toHeader()) })

    const { requestId } = c.var
    const process = async (workSignal: AbortSignal) => {
      const body = await source.load(workSignal)
      const call = imageFunction.process(body, options, { requestId, signal: workSignal })
      const { serverTiming, ...answer } = await timings.measure('forward', call)
      const result = { ...answer, sourceSha256, options: effectiveQuery(options) }
      return { result, serverTiming }
    }
    const { result, cacheStatus, serverTiming: theirs } = await results.obtain(key, signal, process)
    held.add(result.bytes.length)
    const { brought } = source
    if (config.KEEP_SOURCES && brought) results.sources?.keep(sourceSha256, brought, format)

    c.var.logged.cache = cacheStatus
    const isHead = c.req.method === 'HEAD'
    return c.body(result.bytes as Uint8Array<ArrayBuffer>, 200, {
      ...result.headers,
      ...naming,
      ...serverTiming(timings.toHeader(), theirs),
      'Cache-Status': cacheStatus,
      ...(isHead && { 'Content-Length': String(result.bytes.length) }),
    })
  }
}

/** None where nothing took time. */
function serverTiming(...parts: (string | undefined)[]): Record<string, string> {
  const told = parts.filter(Boolean).join(', ')
  return told ? { 'Server-Timing': told } : {}
}
