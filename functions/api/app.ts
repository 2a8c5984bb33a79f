import { createHash } from 'node:crypto'
import type { Hono } from 'hono'
import type { Options } from '../contract/options.ts'
import { optionsFromQuery } from '../contract/options-query.ts'
import { ProblemError } from '../contract/problem.ts'
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
import { resolveOptions, startOptions } from './resolve-options.ts'
import { firstBytes, readSourceHeader } from './source-header.ts'

/** What the formats need to be told apart. */
const SIGNATURE_BYTES = 256

/** The public function: decides what is to be done with a source and has the image function do it. */
export function createApiApp(config: ApiConfig, log: Logger): Hono<AppEnv> {
  const app = createApp(log)
  const start = startOptions(config)
  const imageFunction = createImageFunction(
    config.IMAGE_FUNCTION_URL,
    config.IMAGE_FUNCTION_TIMEOUT_MS,
  )

  app.post('/image', async (c) => {
    const timings = createTimings()
    const { incoming, outgoing } = c.env
    const signal = clientSignal(outgoing)
    const requested = requestedOptions(queryOf(incoming), config.CLIENT_OPTIONS)

    const sha256 = createHash('sha256')
    const reading = readBody(incoming, config.MAX_SOURCE_BYTES, (chunk) => sha256.update(chunk))
    const source = await timings.measure('upload', reading)
    const format = requireFormat(firstBytes(source, SIGNATURE_BYTES))
    const header = readSourceHeader(source, format)
    if (header) checkSourcePixels(header, config.MAX_SOURCE_PIXELS)

    const options = resolveOptions(start, requested, { format, header }, config.SIZE_MARGIN_PERCENT)
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

  return app
}

/** The options of a request. Throws `invalid_request` for a wrong one, or for any when refused. */
function requestedOptions(
  query: string,
  clientOptions: ApiConfig['CLIENT_OPTIONS'],
): Partial<Options> {
  if (clientOptions === 'refuse' && query !== '') {
    throw new ProblemError(
      'invalid_request',
      'This service takes no options with a request; leave out everything after the "?".',
    )
  }
  return optionsFromQuery(query)
}
