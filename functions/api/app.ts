import { createHash } from 'node:crypto'
import type { Hono } from 'hono'
import { resultKey } from '../contract/result-key.ts'
import { requireFormat } from '../contract/source-format.ts'
import { checkSourcePixels } from '../contract/source-limits.ts'
import { type AppEnv, createApp, methodNotAllowed } from '../runtime/app.ts'
import { clientSignal } from '../runtime/client-signal.ts'
import type { Logger } from '../runtime/logger.ts'
import { queryOf } from '../runtime/query-of.ts'
import { readBody } from '../runtime/read-body.ts'
import { createTimings } from '../runtime/server-timing.ts'
import type { ApiConfig } from './config.ts'
import { createImageFunction } from './image-function.ts'
import { mergeOptions } from './merge-options.ts'
import { createPresets, presetsToJson } from './presets.ts'
import { readPresets } from './read-presets.ts'
import { parseRequestQuery } from './request-query.ts'
import { resolveOptions } from './resolve-options.ts'
import { firstBytes, readSourceHeader } from './source-header.ts'
import { startOptions } from './start-options.ts'

/** What the formats need to be told apart. */
const SIGNATURE_BYTES = 256

/**
 * The public function: decides what is to be done with a source and has the image function do it.
 * Throws ConfigurationError when the options at start-up or the presets cannot be used.
 */
export function createApiApp(config: ApiConfig, log: Logger): Hono<AppEnv> {
  const app = createApp(log)
  const start = startOptions(config)
  const presets = createPresets(readPresets(config.PRESETS), start)
  const imageFunction = createImageFunction(
    config.IMAGE_FUNCTION_URL,
    config.IMAGE_FUNCTION_TIMEOUT_MS,
  )

  app.post('/image', async (c) => {
    const timings = createTimings()
    const { incoming, outgoing } = c.env
    const signal = clientSignal(outgoing)
    const query = parseRequestQuery(queryOf(incoming), presets, config.CLIENT_OPTIONS)
    const asked = mergeOptions(start, query.preset, query.requested)

    const sha256 = createHash('sha256')
    const reading = readBody(incoming, config.MAX_SOURCE_BYTES, (chunk) => sha256.update(chunk))
    const source = await timings.measure('upload', reading)
    const format = requireFormat(firstBytes(source, SIGNATURE_BYTES))
    const header = readSourceHeader(source, format)
    if (header) checkSourcePixels(header, config.MAX_SOURCE_PIXELS)

    const options = resolveOptions(asked, { format, header }, config.SIZE_MARGIN_PERCENT)
    const key = resultKey(sha256.digest('hex'), options)
    c.var.logged.key = key
    const { requestId } = c.var
    const call = imageFunction.process(source, options, { requestId, signal })
    const answer = await timings.measure('forward', call)

    return c.body(answer.bytes as Uint8Array<ArrayBuffer>, 200, {
      ...answer.headers,
      'Server-Timing': `${timings.toHeader()}, ${answer.headers['Server-Timing']}`,
      'Cache-Status': 'image-api; fwd=miss',
      'Content-Location': `/results/${key}`,
      ETag: `"${key}"`,
    })
  })
  app.all('/image', methodNotAllowed('POST'))

  const presetsJson = presetsToJson(presets)
  app.get('/presets', (c) => c.body(presetsJson, 200, { 'Content-Type': 'application/json' }))
  app.all('/presets', methodNotAllowed('GET', 'HEAD'))

  return app
}
