import type { Hono } from 'hono'
import { type AppEnv, createApp, methodNotAllowed } from '../runtime/app.ts'
import { createHeldBytes } from '../runtime/held-bytes.ts'
import type { Logger } from '../runtime/logger.ts'
import { admission } from './admission.ts'
import type { ApiConfig } from './config.ts'
import { crossOrigin } from './cross-origin.ts'
import type { DownloadParts } from './download-source.ts'
import { addImageRoutes } from './image-routes.ts'
import { createPresets, type Presets, presetsToJson } from './presets.ts'
import { rateLimit } from './rate-limit.ts'
import { readPresets } from './read-presets.ts'
import type { Results } from './results.ts'
import { addResultsRoutes } from './results-routes.ts'
import { createResolveName } from './source-names.ts'
import { addSourcesRoutes } from './sources-routes.ts'
import { startOptions } from './start-options.ts'

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
  const start = startOptions(config)
  const presets = createPresets(readPresets(config.PRESETS), start)
  const heldBytes = createHeldBytes(config.QUEUE_BYTES)
  const admit = admission(config, downloadParts.nowMs)
  const limits = config.RATE_LIMIT > 0 ? [rateLimit(config)] : []

  // Before anybody is refused: a page has to be able to read why, and to ask whether it may.
  if (config.CORS_ORIGINS.length > 0) app.use(crossOrigin(config.CORS_ORIGINS))
  for (const path of ['/image', '/results/*', '/sources/*', '/presets']) {
    app.use(path, admit, ...limits)
  }

  addImageRoutes(app, config, { results, start, presets, heldBytes, downloadParts })
  addResultsRoutes(app, config, results.store, heldBytes)
  addSourcesRoutes(app, config, results)
  addPresetsRoutes(app, presets)
  return app
}

/** `GET` and `HEAD /presets`: the presets there are. */
function addPresetsRoutes(app: Hono<AppEnv>, presets: Presets): void {
  const json = presetsToJson(presets)
  app.get('/presets', (c) => c.body(json, 200, { 'Content-Type': 'application/json' }))
  app.all('/presets', methodNotAllowed('GET', 'HEAD'))
}
