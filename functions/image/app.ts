import './libvips-settings.ts'
import type { IncomingMessage } from 'node:http'
import type { Hono } from 'hono'
import { announcedSize } from '../contract/announced-size.ts'
import {
  GEOMETRY_HEADER,
  geometryToHeader,
  RESULT_HEADER,
  resultToHeader,
  SOURCE_HEADER,
  sourceToHeader,
} from '../contract/image-headers.ts'
import { resolvedOptionsFromQuery } from '../contract/options-query.ts'
import { requireFormat } from '../contract/source-format.ts'
import { checkSourcePixels } from '../contract/source-limits.ts'
import { type AppEnv, createApp, methodNotAllowed } from '../runtime/app.ts'
import { answered } from '../runtime/client-signal.ts'
import { announcedBytes, createHeldBytes, type Held } from '../runtime/held-bytes.ts'
import type { Logger } from '../runtime/logger.ts'
import { queryOf } from '../runtime/query-of.ts'
import { readBody } from '../runtime/read-body.ts'
import { timingsAfterStart } from '../runtime/server-timing.ts'
import type { ImageConfig } from './config.ts'
import type { ProcessImage } from './image-workers.ts'
import { createSlots } from './slots.ts'
import { pixelsOf, weightOf } from './weight.ts'
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
  const heldBytes = createHeldBytes(config.QUEUE_BYTES)
  const limits = {
    maxSourcePixels: config.MAX_SOURCE_PIXELS,
    maxResultPixels: config.MAX_RESULT_PIXELS,
  }

  app.post('/process', async (c) => {
    const timings = createTimings()
    const { incoming, outgoing } = c.env
    const callerEndMs = callerWaitsUntilMs(incoming)
    const options = resolvedOptionsFromQuery(queryOf(incoming))

    const held = heldBytes.admit(announcedBytes(incoming, config.MAX_SOURCE_BYTES))
    void answered(outgoing).then(held.release)
    const body = readJoined(incoming, config.MAX_SOURCE_BYTES, held)
    const bytes = await timings.measure('receive', body)
    // However long its way was, an image has this long for its turn and its work.
    const ownEndMs = performance.now() + config.PROCESS_TIMEOUT_MS
    const endMs = Math.min(callerEndMs, ownEndMs)
    const signal = workSignal(outgoing, endMs)
    const announced = announcedSize([bytes], requireFormat(bytes))
    if (announced) checkSourcePixels(announced, config.MAX_SOURCE_PIXELS)

    const weight = weightOf(bytes, announced, options, limits)
    const release = await timings.measure('queue', slots.acquire(weight, signal))
    const timeoutMs = Math.max(1, Math.round(endMs - performance.now()))
    const work = processImage({ bytes, options, limits, timeoutMs })
    // Not before it was sent: results that nobody reads would fill the memory. And not while a decoder
    // that was given up goes on: the next image beside it would take as much again.
    const isDone = Promise.all([work.ended, answered(outgoing)])
    const worked = work.result.then(({ source }) => pixelsOf(source)).catch(() => undefined)
    void isDone.then(() => worked).then(release)
    const { source, mediaType, info, geometry, ...result } = await timings.measure(
      'process',
      work.result,
    )

    c.var.logged.source = source
    c.var.logged.result = info
    return c.body(result.bytes as Uint8Array<ArrayBuffer>, 200, {
      'Content-Type': mediaType,
      [SOURCE_HEADER]: sourceToHeader(source),
      [RESULT_HEADER]: resultToHeader(info),
      [GEOMETRY_HEADER]: geometryToHeader(geometry),
      'Server-Timing': timings.toHeader(),
    })
  })
  app.all('/process', methodNotAllowed('POST'))

  return app
}

/** The body in one piece; its chunks are not kept. */
async function readJoined(
  incoming: IncomingMessage,
  maxBytes: number,
  held: Held,
): Promise<Buffer> {
  const { chunks } = await readBody(incoming, maxBytes, {
    onChunk: ({ length }) => held.grow(length),
  })
  return Buffer.concat(chunks)
}
