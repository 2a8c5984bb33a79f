import type { Hono } from 'hono'
import {
  RESULT_HEADER,
  resultToHeader,
  SOURCE_HEADER,
  sourceToHeader,
} from '../contract/image-headers.ts'
import { resolvedOptionsFromQuery } from '../contract/options-query.ts'
import { orientedSize } from '../contract/oriented-size.ts'
import { checkSourcePixels } from '../contract/source-limits.ts'
import { type AppEnv, createApp, methodNotAllowed } from '../runtime/app.ts'
import { clientSignal } from '../runtime/client-signal.ts'
import type { Logger } from '../runtime/logger.ts'
import { queryOf } from '../runtime/query-of.ts'
import { readBody } from '../runtime/read-body.ts'
import { createTimings } from '../runtime/server-timing.ts'
import type { ImageConfig } from './config.ts'
import { resultSize } from './geometry.ts'

import { processFast } from './process.ts'
import { checkResultSize } from './result-limits.ts'
import { createSlots } from './slots.ts'
import { readSourceHeader } from './source-header.ts'

/** The image function: bytes and options in, bytes out. It stores nothing and calls nobody. */
export function createImageApp(config: ImageConfig, log: Logger): Hono<AppEnv> {
  const app = createApp(log)
  const slots = createSlots(config.SLOTS, config.QUEUE_PIXELS)
  const timeoutSeconds = Math.ceil(config.PROCESS_TIMEOUT_MS / 1000)

  app.post('/process', async (c) => {
    const timings = createTimings()
    const { incoming, outgoing } = c.env
    const signal = clientSignal(outgoing)
    const options = resolvedOptionsFromQuery(queryOf(incoming))

    const { chunks } = await timings.measure('receive', readBody(incoming, config.MAX_SOURCE_BYTES))
    const source = Buffer.concat(chunks)
    const header = await readSourceHeader(source)
    checkSourcePixels(header, config.MAX_SOURCE_PIXELS)
    const size = resultSize(orientedSize(header, options.orient), options)
    checkResultSize(size, options.format, config.MAX_RESULT_PIXELS)

    const pixels = header.width * header.height
    const release = await timings.measure('queue', slots.acquire(pixels, signal))
    const work = processFast(source, header, options, timeoutSeconds).finally(release)
    const { bytes, mediaType, info } = await timings.measure('process', work)

    c.var.logged.source = header
    c.var.logged.result = info
    return c.body(bytes as Uint8Array<ArrayBuffer>, 200, {
      'Content-Type': mediaType,
      [SOURCE_HEADER]: sourceToHeader(header),
      [RESULT_HEADER]: resultToHeader(info),
      'Server-Timing': timings.toHeader(),
    })
  })
  app.all('/process', methodNotAllowed('POST'))

  return app
}
