import './libvips-settings.ts'
import type { IncomingMessage } from 'node:http'
import type { Hono } from 'hono'
import {
  GEOMETRY_HEADER,
  geometryToHeader,
  RESULT_HEADER,
  resultToHeader,
  SOURCE_HEADER,
  sourceToHeader,
} from '../contract/image-headers.ts'
import type { Size } from '../contract/options.ts'
import { resolvedOptionsFromQuery } from '../contract/options-query.ts'
import { checkSourcePixels } from '../contract/source-limits.ts'
import { type AppEnv, createApp, methodNotAllowed } from '../runtime/app.ts'
import { answered } from '../runtime/client-signal.ts'
import type { Logger } from '../runtime/logger.ts'
import { queryOf } from '../runtime/query-of.ts'
import { readBody } from '../runtime/read-body.ts'
import { timingsAfterStart } from '../runtime/server-timing.ts'
import type { ImageConfig } from './config.ts'
import type { ProcessImage } from './image-workers.ts'
import { plan } from './process.ts'
import { checkPlacement, checkResultSize } from './result-limits.ts'
import { createSlots } from './slots.ts'
import { readSourceHeader } from './source-header.ts'
import { callerWaitsUntilMs, workSignal } from './work-signal.ts'

/** The image function: bytes and options in, bytes out. It stores nothing and calls nobody. */
export function createImageApp(
  config: ImageConfig,
  log: Logger,
  processImage: ProcessImage,
): Hono<AppEnv> {
  const app = createApp(log)
  const createTimings = timingsAfterStart('image-start')
  const slots = createSlots(config.SLOTS, config.QUEUE_PIXELS)

  app.post('/process', async (c) => {
    const timings = createTimings()
    const { incoming, outgoing } = c.env
    const callerEndMs = callerWaitsUntilMs(incoming)
    const options = resolvedOptionsFromQuery(queryOf(incoming))

    const bytes = await timings.measure('receive', readJoined(incoming, config.MAX_SOURCE_BYTES))
    // However long its way was, an image may wait for its turn as long as it may take.
    const ownEndMs = performance.now() + config.PROCESS_TIMEOUT_MS
    const signal = workSignal(outgoing, Math.min(callerEndMs, ownEndMs))
    const header = await readSourceHeader(bytes)
    checkSourcePixels(header, config.MAX_SOURCE_PIXELS)
    const { seen, where } = plan(header, options)
    checkResultSize(where.window, options, config.MAX_RESULT_PIXELS)
    checkPlacement(seen, where, options, config.MAX_SOURCE_PIXELS)

    // The most of what it takes: pixels to read or to make, or the bytes of a large file of few pixels.
    const weight = Math.max(pixelsOf(header), pixelsOf(where.window), bytes.length)
    const release = await timings.measure('queue', slots.acquire(weight, signal))
    const work = processImage({ bytes, header }, options)
    // Not before it was sent: results that nobody reads would fill the memory. And not while a decoder
    // that was given up goes on: the next image beside it would take as much again.
    void Promise.all([work.ended, answered(outgoing)]).then(release)
    const { mediaType, info, geometry, ...result } = await timings.measure('process', work.result)

    c.var.logged.source = header
    c.var.logged.result = info
    return c.body(result.bytes as Uint8Array<ArrayBuffer>, 200, {
      'Content-Type': mediaType,
      [SOURCE_HEADER]: sourceToHeader(header),
      [RESULT_HEADER]: resultToHeader(info),
      [GEOMETRY_HEADER]: geometryToHeader(geometry),
      'Server-Timing': timings.toHeader(),
    })
  })
  app.all('/process', methodNotAllowed('POST'))

  return app
}

function pixelsOf({ width, height }: Size): number {
  return width * height
}

/** The body in one piece; its chunks are not kept. */
async function readJoined(incoming: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const { chunks } = await readBody(incoming, maxBytes)
  return Buffer.concat(chunks)
}
