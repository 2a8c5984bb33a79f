import type { HttpBindings } from '@hono/node-server'
import type { Hono } from 'hono'
import { type AppEnv, createApp, methodNotAllowed } from '../runtime/app.ts'
import { answered, clientSignal } from '../runtime/client-signal.ts'
import { announcedBytes, createHeldBytes } from '../runtime/held-bytes.ts'
import type { Logger } from '../runtime/logger.ts'
import { queryOf } from '../runtime/query-of.ts'
import { timingsAfterStart } from '../runtime/server-timing.ts'
import { admission, askedQuery } from './admission.ts'
import type { ApiConfig } from './config.ts'
import { crossOrigin } from './cross-origin.ts'
import { createDownloadSource, type DownloadParts } from './download-source.ts'
import { createImageAnswers, type ImageRequest } from './image-answer.ts'
import { createImageFunction } from './image-function.ts'
import { mergeOptions } from './merge-options.ts'
import { createPresets, presetsToJson } from './presets.ts'
import { rateLimit } from './rate-limit.ts'
import { readPresets } from './read-presets.ts'
import { readSource } from './read-source.ts'
import { parseRequestQuery, parseUrlQuery } from './request-query.ts'
import type { Results } from './results.ts'
import { addResultsRoutes } from './results-routes.ts'
import { createResolveName } from './source-names.ts'
import { createReadKept } from './sources.ts'
import { addSourcesRoutes } from './sources-routes.ts'
import { startOptions } from './start-options.ts'
import { createUrlImageAnswer } from './url-image.ts'
import { createUrlSources } from './url-sources.ts'

/**
 * The public function: decides what is to be done with a source, and has the image function do what
 * was not done before. Throws ConfigurationError when the options at start-up or the presets cannot be
 * used.
 */
export function createApiApp(
  config: ApiConfig,
  log: Logger,
  results: Results,
  downloadParts: DownloadParts = { resolveName: createResolveName() },
): Hono<AppEnv> {
  const app = createApp(log)
  const createTimings = timingsAfterStart('api-start')
  const start = startOptions(config)
  const presets = createPresets(readPresets(config.PRESETS), start)
  const imageFunction = createImageFunction(config.IMAGE_FUNCTION_URL, {
    timeoutMs: config.IMAGE_FUNCTION_TIMEOUT_MS,
    maxCalls: config.IMAGE_FUNCTION_CALLS,
    maxResultBytes: config.MAX_RESULT_BYTES,
  })
  const heldBytes = createHeldBytes(config.QUEUE_BYTES)
  const imageAnswers = createImageAnswers(config, results, imageFunction)
  const urlSources = createUrlSources(config, {
    ...downloadParts,
    download: createDownloadSource(config, downloadParts),
    readKept: createReadKept(config.KEEP_SOURCES ? results.sources : undefined),
  })
  const answerUrl = createUrlImageAnswer(urlSources, imageAnswers)
  const admit = admission(config, downloadParts.nowMs)
  const limits = config.RATE_LIMIT > 0 ? [rateLimit(config)] : []

  /** What a request asks for by its query, once there is room for it. */
  function imageRequest({ incoming, outgoing }: HttpBindings, query: string): ImageRequest {
    const { preset, requested } = parseRequestQuery(query, presets, config.CLIENT_OPTIONS)
    const asked = mergeOptions(start, preset, requested)
    const held = heldBytes.admit(announcedBytes(incoming, config.MAX_SOURCE_BYTES))
    void answered(outgoing).then(held.release)
    return { asked, signal: clientSignal(outgoing), timings: createTimings(), held }
  }

  // Before anybody is refused: a page has to be able to read why, and to ask whether it may.
  if (config.CORS_ORIGINS.length > 0) app.use(crossOrigin(config.CORS_ORIGINS))
  for (const path of ['/image', '/results/*', '/sources/*', '/presets']) {
    app.use(path, admit, ...limits)
  }

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
    return await answerUrl(c, imageRequest(c.env, rest), url)
  })
  app.all('/image', methodNotAllowed('GET', 'HEAD', 'POST'))

  addResultsRoutes(app, config, results.store, heldBytes)
  addSourcesRoutes(app, config, results)

  const presetsJson = presetsToJson(presets)
  app.get('/presets', (c) => c.body(presetsJson, 200, { 'Content-Type': 'application/json' }))
  app.all('/presets', methodNotAllowed('GET', 'HEAD'))

  return app
}
