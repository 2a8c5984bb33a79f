import { once } from 'node:events'
import { extname, join } from 'node:path'
import { isMarkedAsUntransferable, type Worker } from 'node:worker_threads'
import type { Piscina } from 'piscina'
import { ProblemError } from '../contract/problem.ts'
import type { Logger } from '../runtime/logger.ts'
import { createDeadline } from './deadline.ts'
import type { ImageTask, Processed } from './process-source.ts'
import type { WorkerAnswer } from './worker.ts'

/** Processes an image somewhere; takes the bytes of the source for its own. */
export type ProcessImage = (task: ImageTask) => ImageWork

export type ImageWork = {
  result: Promise<Processed>
  /**
   * When nothing is at work on the image any more: with the result, and later than a timeout, as nothing
   * can stop a decoder in the middle of a step. It never rejects.
   */
  ended: Promise<void>
}

/** Threads that each process one image at a time, so that the event loop never waits for pixels. */
export type ImageWorkers = {
  /** Starts the threads, so that the first image need not wait for that. */
  start: () => void
  /**
   * Throws `undecodable_image`, `too_many_pixels`, and `image_function_timeout` when the image, its header
   * included, takes longer than it may; its thread goes on until it comes to an end, a minute at most. A thread
   * that dies takes its one image with it, which is a bug, and is replaced.
   */
  process: ProcessImage
  close: () => Promise<void>
}

/** The steps of sharp end by themselves up to a second after the deadline, and say more. */
export const GRACE_MS = 1500

/**
 * How long a thread is left to itself after that. To end it sooner would gain nothing, as no decoder stops in the middle
 * of a step, and what one hands to a thread that is gone is freed by nobody: 112 MB of a TIFF of 37 megapixels,
 * each time. Only a loop without an end is still there after a minute.
 */
const LEFT_ALONE_MS = 60_000

/** How long a thread that has nothing to do is kept, but for the last one. */
const IDLE_MS = 60_000

/** Beside this file, whether that is the source or was bundled. */
const WORKER = join(import.meta.dirname, `worker${extname(import.meta.filename)}`)

/**
 * Threads that start when they are told to, or with the first image: loading them would keep a
 * function from listening. What kills one that has no image is only logged.
 */
export function createImageWorkers(
  count: number,
  log: Pick<Logger, 'error'>,
  worker: string = WORKER,
  leftAloneMs = LEFT_ALONE_MS,
): ImageWorkers {
  let threads: Promise<Threads> | undefined
  const started = () => {
    threads ??= startThreads(count, log, worker).catch((error: unknown) => {
      // The next image tries again: what was short, files or memory, may be there by then.
      threads = undefined
      throw error
    })
    return threads
  }

  return {
    start: () => {
      started().catch((err: unknown) => log.error({ err }, 'the threads did not start'))
    },
    process(task) {
      const mostMs = task.timeoutMs + GRACE_MS + leftAloneMs
      const work = started().then(({ pool }) => processIn(pool, task, mostMs))
      // Where no threads could be started there is none to wait for.
      const lostEnded = async () => (await threads)?.lostEnded()
      const ended = work.then(() => {}, lostEnded).catch(() => {})
      return { result: inTime(work, task.timeoutMs), ended }
    },
    close: async () => (await started()).pool.destroy(),
  }
}

type Pool = Piscina<ImageTask, WorkerAnswer>

type Threads = {
  pool: Pool
  /** When those have ended that were told to, and of which nobody was told before. */
  lostEnded: () => Promise<void>
}

/** What work comes to, or `image_function_timeout` when it does not by then. */
function inTime<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  const { passed } = createDeadline(timeoutMs)
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(passed(undefined)), timeoutMs + GRACE_MS)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

/** Ends the thread when it has not come to an end by then. */
async function processIn(pool: Pool, task: ImageTask, mostMs: number): Promise<Processed> {
  const bytes = ownBytes(task.bytes)
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(), mostMs)
  const { signal } = controller
  const answer = await pool
    .run({ ...task, bytes }, { signal, transferList: [bytes.buffer] })
    .finally(() => clearTimeout(timer))
  if ('result' in answer) return answer.result
  const { code, detail, cause } = answer.problem
  throw new ProblemError(code, detail, { cause })
}

async function startThreads(
  count: number,
  log: Pick<Logger, 'error'>,
  worker: string,
): Promise<Threads> {
  const { Piscina } = await import('piscina')
  const pool: Pool = new Piscina({
    filename: worker,
    // Each takes some 25 MB at rest, so only what is used stays.
    minThreads: 1,
    maxThreads: count,
    idleTimeout: IDLE_MS,
    // A thread that blocks while it waits for work would not free the memory of what it has done.
    atomics: 'disabled',
    recordTiming: false,
  })
  // Without a listener it would end the process, and every other image with it.
  pool.on('error', (err: unknown) => log.error({ err }, 'a thread died while it had no image'))

  // The pool forgets a thread as soon as it has told it to end, whatever that one still does.
  const living = new Set<Worker>()
  pool.on('workerCreate', () => {
    for (const thread of pool.threads) {
      if (living.has(thread)) continue
      living.add(thread)
      thread.once('exit', () => living.delete(thread))
    }
  })
  return {
    pool,
    async lostEnded() {
      const lost = [...living].filter((thread) => !pool.threads.includes(thread))
      for (const thread of lost) living.delete(thread)
      await Promise.all(lost.map((thread) => once(thread, 'exit')))
    },
  }
}

/**
 * Small buffers lie side by side in one piece of memory, which belongs to all of them; others lie in
 * memory that is not Node's to give away.
 */
function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = bytes
  const isAlone = buffer.byteLength === byteLength && !isMarkedAsUntransferable(buffer)
  return isAlone && buffer instanceof ArrayBuffer ? new Uint8Array(buffer) : new Uint8Array(bytes)
}
