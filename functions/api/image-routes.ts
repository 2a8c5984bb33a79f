import type { HttpBindings } from '@hono/node-server'
import type { Hono } from 'hono'
import type { Options } from '../contract/options.ts'
import { type AppEnv, methodNotAllowed } from '../runtime/app.ts'
import { answered, clientSignal } from '../runtime/client-signal.ts'
import { announcedBytes, type HeldBytes } from '../runtime/held-bytes.ts'
import { queryOf } from '../runtime/query-of.ts'
import { timingsAfterStart } from '../runtime/server-timing.ts'
import { askedQuery } from './admission.ts'
import type { ApiConfig } from './config.ts'
import { createDownloadSource, type DownloadParts } from './download-source.ts'
import { createImageAnswers, type ImageRequest } from './image-answer.ts'
import { createImageFunction, type ImageFunction } from './image-function.ts'
import { limitDownloads } from './limit-downloads.ts'
import { mergeOptions } from './merge-options.ts'
import type { Presets } from './presets.ts'
import { readSource } from './read-source.ts'
import { parseRequestQuery, parseUrlQuery } from './request-query.ts'
import type { Results } from './results.ts'
import { createReadKept } from './sources.ts'
import { createUrlImageAnswer } from './url-image.ts'
import { createUrlSources, type UrlSources } from './url-sources.ts'

type Parts = {
  results: Results
  /** What is asked for where a request does not say. */
  start: Options
  presets: Presets
  heldBytes: HeldBytes
  downloadParts: DownloadParts
}

/**
 * `POST /image`: the result of the source in the body, or of one that the body names. `GET` and `HEAD`:
 * that of the source at a URL.
 */
export function addImageRoutes(app: Hono<AppEnv>, config: ApiConfig, parts: Parts): void {
  const { results } = parts
  const imageRequest = createImageRequests(config, parts)
  const imageAnswers = createImageAnswers(config, results, imageFunctionOf(config))
  const answerUrl = createUrlImageAnswer(urlSourcesOf(config, parts), imageAnswers)

  app.post('/image', async (c) => {
    const { incoming } = c.env
    const request = imageRequest(c.env, queryOf(incoming))
    // Until the answer is made: what is then sent has no need of the source.
    using held = request.held.open()
    const source = await readSource(incoming, config, results.sources, { ...request, held })
    if (source instanceof URL) return await answerUrl(c, request, source)
    return await imageAnswers.ofSource(c, request, source)
  })
  // A HEAD is routed as a GET.
  app.get('/image', async (c) => {
    const { url, rest } = parseUrlQuery(askedQuery(c))
    return await answerUrl(c, imageRequest(c.env, rest, ['url']), url)
  })
  app.all('/image', methodNotAllowed('GET', 'HEAD', 'POST'))
}

/** What requests ask for by their queries, once there is room for them. */
function createImageRequests(
  config: ApiConfig,
  { start, presets, heldBytes }: Parts,
): (bindings: HttpBindings, query: string, besides?: readonly string[]) => ImageRequest {
  const createTimings = timingsAfterStart('api-start')
  return ({ incoming, outgoing }, query, besides) => {
    const { CLIENT_OPTIONS } = config
    const { preset, requested } = parseRequestQuery(query, presets, CLIENT_OPTIONS, besides)
    const asked = mergeOptions(start, preset, requested)
    const held = heldBytes.admit(announcedBytes(incoming, config.MAX_SOURCE_BYTES))
    void answered(outgoing).then(held.release)
    return { asked, signal: clientSignal(outgoing), timings: createTimings(), held }
  }
}

function imageFunctionOf(config: ApiConfig): ImageFunction {
  return createImageFunction(config.IMAGE_FUNCTION_URL, {
    timeoutMs: config.IMAGE_FUNCTION_TIMEOUT_MS,
    maxCalls: config.IMAGE_FUNCTION_CALLS,
    maxResultBytes: config.MAX_RESULT_BYTES,
  })
}

function urlSourcesOf(config: ApiConfig, { results, downloadParts }: Parts): UrlSources {
  return createUrlSources(config, {
    ...downloadParts,
    download: limitDownloads(createDownloadSource(config, downloadParts), config.SOURCE_DOWNLOADS),
    readKept: createReadKept(config.KEEP_SOURCES ? results.sources : undefined),
  })
}
