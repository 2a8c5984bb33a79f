import type { IncomingMessage } from 'node:http'
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
import { createDeadline } from './deadline.ts'
import { resultSize } from './geometry.ts'
import { processFast } from './process.ts'
import { checkResultSize } from './result-limits.ts'
import { createSlots } from './slots.ts'
import { readSourceHeader } from './source-header.ts'

/** The image function: bytes and options in, bytes out. It stores nothing and calls nobody. */
export function createImageApp(config: ImageConfig, log: Logger): Hono<AppEnv> {
  const app = createApp(log)
  const slots = createSlots(config.SLOTS, config.QUEUE_PIXELS)

  app.post('/process', async (c) => {
    const timings = createTimings()
    const { incoming, outgoing } = c.env
    const signal = clientSignal(outgoing)
    const options = resolvedOptionsFromQuery(queryOf(incoming))

    const source = await timings.measure('receive', readJoined(incoming, config.MAX_SOURCE_BYTES))
    const header = await readSourceHeader(source)
    checkSourcePixels(header, config.MAX_SOURCE_PIXELS)
    const size = resultSize(orientedSize(header, options.orient), options)
    checkResultSize(size, options.format, config.MAX_RESULT_PIXELS)

    // What waits is held in memory as bytes: a few pixels in a large file weigh as much as the file.
    const weight = Math.max(header.width * header.height, source.length)
    const release = await timings.measure('queue', slots.acquire(weight, signal))
    const deadline = createDeadline(config.PROCESS_TIMEOUT_MS)
    const work = processFast(source, header, options, deadline).finally(release)
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

/** The body in one piece; its chunks are not kept. */
async function readJoined(incoming: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const { chunks } = await readBody(incoming, maxBytes)
  return Buffer.concat(chunks)
}
