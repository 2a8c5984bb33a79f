import './libvips-settings.ts'
import type { IncomingMessage, ServerResponse } from 'node:http'
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
import type { ResolvedOptions } from '../contract/options.ts'
import { resolvedOptionsFromQuery } from '../contract/options-query.ts'
import { requireFormat } from '../contract/source-format.ts'
import { checkSourcePixels } from '../contract/source-limits.ts'
import { type AppContext, type AppEnv, createApp, methodNotAllowed } from '../runtime/app.ts'
import { answered } from '../runtime/client-signal.ts'
import { announcedBytes, createHeldBytes, type Held } from '../runtime/held-bytes.ts'
import type { Logger } from '../runtime/logger.ts'
import { queryOf } from '../runtime/query-of.ts'
import { readBody } from '../runtime/read-body.ts'
import { type Timings, timingsAfterStart } from '../runtime/server-timing.ts'
import type { ImageConfig } from './config.ts'
import type { ProcessImage } from './image-workers.ts'
import { leftFlagOf } from './left-flag.ts'
import type { ImageTask, Processed } from './process-source.ts'
import { createSlots, type Release } from './slots.ts'
import { weightOf } from './weight.ts'
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

  /** What it weighs in the queue. Throws `too_many_pixels` by what its header says. */
  function weigh(bytes: Buffer, options: ResolvedOptions): number {
    const announced = announcedSize([bytes], requireFormat(bytes))
    if (announced) checkSourcePixels(announced, config.MAX_SOURCE_PIXELS)
    return weightOf(bytes, announced, options, limits)
  }

  /** Works in a slot, and gives it back with the bytes of the source. */
  function work(task: ImageTask, release: Release, held: Held, outgoing: ServerResponse) {
    const forTheWork = held.retain()
    const { result, ended } = processImage(task)
    const hasMade = result.then(
      () => true,
      () => false,
    )
    // Not while a decoder that was given up goes on: the next image beside it would take as much again.
    void ended.then(forTheWork.release)
    // And not before it was sent: results that nobody reads would fill the memory.
    const isDone = Promise.all([ended, answered(outgoing)])
    void isDone.then(() => hasMade).then(release)
    return result
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
    const endMs = Math.min(callerEndMs, performance.now() + config.PROCESS_TIMEOUT_MS)

    const turn = slots.acquire(weigh(bytes, options), workSignal(outgoing, endMs))
    const release = await timings.measure('queue', turn)
    const timeoutMs = Math.max(1, Math.round(endMs - performance.now()))
    const task = { bytes, options, limits, timeoutMs, left: leftFlagOf(outgoing) }
    const result = work(task, release, held, outgoing)
    return answerWith(c, await timings.measure('process', result), timings)
  })
  app.all('/process', methodNotAllowed('POST'))

  return app
}

/** Tells the result and what is known of it, in the headers and in the log. */
function answerWith(c: AppContext, processed: Processed, timings: Timings): Response {
  const { source, mediaType, info, geometry, bytes } = processed
  c.var.logged.source = source
  c.var.logged.result = info
  return c.body(bytes as Uint8Array<ArrayBuffer>, 200, {
    'Content-Type': mediaType,
    [SOURCE_HEADER]: sourceToHeader(source),
    [RESULT_HEADER]: resultToHeader(info),
    [GEOMETRY_HEADER]: geometryToHeader(geometry),
    'Server-Timing': timings.toHeader(),
  })
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
