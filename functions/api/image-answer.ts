import type { ResolvedOptions } from '../contract/options.ts'
import { effectiveQuery, resultKey } from '../contract/result-key.ts'
import type { AppContext } from '../runtime/app.ts'
import type { Held } from '../runtime/held-bytes.ts'
import type { Timings } from '../runtime/server-timing.ts'
import type { ApiConfig } from './config.ts'
import { hasTag } from './entity-tag.ts'
import type { ImageFunction } from './image-function.ts'
import type { AskedOptions } from './merge-options.ts'
import type { MadeResult, Obtained } from './obtain-result.ts'
import { resolveOptions } from './resolve-options.ts'
import type { Results } from './results.ts'
import type { Source, SourceDescription } from './source.ts'

/** What a request for an image has beside its source. */
export type ImageRequest = {
  asked: AskedOptions
  signal: AbortSignal
  timings: Timings
  held: Held
}

/**
 * Answers with the result of a source. With `cacheControl` the answer may be kept by whoever gets it, and
 * is 304 for who has it already.
 */
export type ImageAnswers = {
  /** Where the result is there or being made, else `undefined`. */
  ofDescribed: (
    c: AppContext,
    request: ImageRequest,
    description: SourceDescription,
    cacheControl?: string,
  ) => Promise<Response | undefined>
  /** Has it made where it is not there. */
  ofSource: (
    c: AppContext,
    request: ImageRequest,
    source: Source,
    cacheControl?: string,
  ) => Promise<Response>
}

export function createImageAnswers(
  config: ApiConfig,
  results: Results,
  imageFunction: ImageFunction,
): ImageAnswers {
  function nameResult(
    c: AppContext,
    { asked, timings }: ImageRequest,
    description: SourceDescription,
    cacheControl: string | undefined,
  ): Named {
    const options = resolveOptions(asked, description, config.SIZE_MARGIN_PERCENT)
    const key = resultKey(description.sha256, options)
    c.var.logged.key = key
    const naming = {
      'Content-Location': `/results/${key}`,
      ETag: `"${key}"`,
      ...(cacheControl !== undefined && { 'Cache-Control': cacheControl }),
    }
    const isKnown = cacheControl !== undefined && hasTag(c.req.header('If-None-Match'), naming.ETag)
    // The key names its bytes: who has them needs no result that is there.
    const notModified = isKnown
      ? c.body(null, 304, { ...naming, ...serverTiming(timings.toHeader()) })
      : undefined
    return { options, key, naming, notModified }
  }

  async function make(
    { body, sha256: sourceSha256 }: Source,
    options: ResolvedOptions,
    timings: Timings,
    call: { requestId: string; signal: AbortSignal },
  ): Promise<MadeResult> {
    const called = imageFunction.process(body, options, call)
    const { serverTiming, ...answer } = await timings.measure('forward', called)
    return { result: { ...answer, sourceSha256, options: effectiveQuery(options) }, serverTiming }
  }

  return {
    async ofDescribed(c, request, description, cacheControl) {
      const { key, naming, notModified } = nameResult(c, request, description, cacheControl)
      if (notModified) return notModified
      const found = await results.find(key, request.signal, request.held)
      return found && answerResult(c, request, naming, found)
    },

    async ofSource(c, request, source, cacheControl) {
      const { options, key, naming, notModified } = nameResult(c, request, source, cacheControl)
      if (notModified) return notModified
      const { signal, timings } = request
      const { requestId } = c.var
      const obtained = await results.obtain(key, signal, source.held, (shared) =>
        make(source, options, timings, { requestId, signal: shared }),
      )
      if (config.KEEP_SOURCES && !source.isKept) results.sources?.keep(source)
      return answerResult(c, request, naming, obtained)
    },
  }
}

/** Which result a request asks for, and the answer where the client has it. */
type Named = {
  options: ResolvedOptions
  key: string
  naming: Record<string, string>
  notModified: Response | undefined
}

function answerResult(
  c: AppContext,
  { timings, held }: ImageRequest,
  naming: Record<string, string>,
  { result, cacheStatus, serverTiming: theirs }: Obtained,
): Response {
  held.share(result.bytes)
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

/** None where nothing took time. */
function serverTiming(...parts: (string | undefined)[]): Record<string, string> {
  const told = parts.filter(Boolean).join(', ')
  return told ? { 'Server-Timing': told } : {}
}
