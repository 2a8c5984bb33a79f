import type { Hono } from 'hono'
import { effectiveQuery, resultKey } from '../contract/result-key.ts'
import { requireFormat } from '../contract/source-format.ts'
import { checkSourcePixels } from '../contract/source-limits.ts'
import { type AppEnv, createApp, methodNotAllowed } from '../runtime/app.ts'
import { answered, clientSignal } from '../runtime/client-signal.ts'
import type { Logger } from '../runtime/logger.ts'
import { queryOf } from '../runtime/query-of.ts'
import { timingsAfterStart } from '../runtime/server-timing.ts'
import type { ApiConfig } from './config.ts'
import { announcedBytes, createHeldBytes } from './held-bytes.ts'
import { createImageFunction } from './image-function.ts'
import { mergeOptions } from './merge-options.ts'
import { createPresets, presetsToJson } from './presets.ts'
import { readPresets } from './read-presets.ts'
import { readSource } from './read-source.ts'
import { parseRequestQuery } from './request-query.ts'
import { resolveOptions } from './resolve-options.ts'
import type { Results } from './results.ts'
import { addResultsRoutes } from './results-routes.ts'
import { firstBytes, readSourceHeader } from './source-header.ts'
import { addSourcesRoutes } from './sources-routes.ts'
import { startOptions } from './start-options.ts'

/** What the formats need to be told apart. */
const SIGNATURE_BYTES = 256

/**
 * The public function: decides what is to be done with a source, and has the image function do what
 * was not done before. Throws ConfigurationError when the options at start-up or the presets cannot be
 * used.
 */
export function createApiApp(config: ApiConfig, log: Logger, results: Results): Hono<AppEnv> {
  const app = createApp(log)
  const createTimings = timingsAfterStart('api-start')
  const start = startOptions(config)
  const presets = createPresets(readPresets(config.PRESETS), start)
  const imageFunction = createImageFunction(config.IMAGE_FUNCTION_URL, {
    timeoutMs: config.IMAGE_FUNCTION_TIMEOUT_MS,
    maxCalls: config.IMAGE_FUNCTION_CALLS,
  })

  const heldBytes = createHeldBytes(config.QUEUE_BYTES)

  app.post('/image', async (c) => {
    const timings = createTimings()
    const { incoming, outgoing } = c.env
    const signal = clientSignal(outgoing)
    const query = parseRequestQuery(queryOf(incoming), presets, config.CLIENT_OPTIONS)
    const asked = mergeOptions(start, query.preset, query.requested)

    const held = heldBytes.admit(announcedBytes(incoming, config.MAX_SOURCE_BYTES))
    void answered(outgoing).then(held.release)
    const source = await readSource(incoming, config, results.sources, timings, held)
    const format = requireFormat(firstBytes(source.body, SIGNATURE_BYTES))
    const header = readSourceHeader(source.body, format)
    if (header) checkSourcePixels(header, config.MAX_SOURCE_PIXELS)

    const options = resolveOptions(asked, { format, header }, config.SIZE_MARGIN_PERCENT)
    const { body, sha256: sourceSha256 } = source
    const key = resultKey(sourceSha256, options)
    c.var.logged.key = key
    const { requestId } = c.var
    const process = async (workSignal: AbortSignal) => {
      const call = imageFunction.process(body, options, { requestId, signal: workSignal })
      const { serverTiming, ...answer } = await timings.measure('forward', call)
      const result = { ...answer, sourceSha256, options: effectiveQuery(options) }
      return { result, serverTiming }
    }
    const { result, cacheStatus, serverTiming } = await results.obtain(key, signal, process)
    held.add(result.bytes.length)
    if (config.KEEP_SOURCES && !source.isKept) results.sources?.keep(sourceSha256, body, format)

    c.var.logged.cache = cacheStatus
    return c.body(result.bytes as Uint8Array<ArrayBuffer>, 200, {
      ...result.headers,
      'Server-Timing': [timings.toHeader(), serverTiming].filter(Boolean).join(', '),
      'Cache-Status': cacheStatus,
      'Content-Location': `/results/${key}`,
      ETag: `"${key}"`,
    })
  })
  app.all('/image', methodNotAllowed('POST'))

  addResultsRoutes(app, results.store, heldBytes, config.ADMIN_TOKEN)
  addSourcesRoutes(app, config, results)

  const presetsJson = presetsToJson(presets)
  app.get('/presets', (c) => c.body(presetsJson, 200, { 'Content-Type': 'application/json' }))
  app.all('/presets', methodNotAllowed('GET', 'HEAD'))

  return app
}
