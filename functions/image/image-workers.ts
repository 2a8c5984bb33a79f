import { once } from 'node:events'
import { extname, join } from 'node:path'
import { isMarkedAsUntransferable, type Worker } from 'node:worker_threads'
import type { Piscina } from 'piscina'
import type { ResolvedOptions } from '../contract/options.ts'
import { ProblemError } from '../contract/problem.ts'
import type { Logger } from '../runtime/logger.ts'
import { createDeadline } from './deadline.ts'
import type { Result, Source } from './process.ts'
import type { WorkerAnswer, WorkerTask } from './worker.ts'

/** Processes an image somewhere; takes the bytes of the source for its own. */
export type ProcessImage = (source: Source, options: ResolvedOptions) => ImageWork

export type ImageWork = {
  result: Promise<Result>
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
   * Throws `undecodable_image`, and `image_function_timeout` when the image takes longer than allowed:
   * its thread is ended then, whatever it does. A thread that dies takes its one image with it, which
   * is a bug, and is replaced.
   */
  process: ProcessImage
  close: () => Promise<void>
}

/** The steps of sharp end by themselves up to a second after the deadline, and say more. */
export const GRACE_MS = 1500

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
  timeoutMs: number,
  log: Pick<Logger, 'error'>,
  worker: string = WORKER,
): ImageWorkers {
  let threads: Promise<Threads> | undefined
  const started = () => {
    threads ??= startThreads(count, log, worker)
    return threads
  }

  return {
    start: () => {
      started().catch((err: unknown) => log.error({ err }, 'the threads did not start'))
    },
    process(source, options) {
      const result = started().then(({ pool }) => processIn(pool, source, options, timeoutMs))
      const lostEnded = async () => (await started()).lostEnded()
      // Where no threads could be started there is none to wait for.
      const ended = result.then(() => {}, lostEnded).catch(() => {})
      return { result, ended }
    },
    close: async () => (await started()).pool.destroy(),
  }
}

type Pool = Piscina<WorkerTask, WorkerAnswer>

type Threads = {
  pool: Pool
  /** When those have ended that were told to, and of which nobody was told before. */
  lostEnded: () => Promise<void>
}

async function processIn(
  pool: Pool,
  { bytes, header }: Source,
  options: ResolvedOptions,
  timeoutMs: number,
): Promise<Result> {
  const deadline = createDeadline(timeoutMs)
  const signal = AbortSignal.timeout(timeoutMs + GRACE_MS)
  const own = ownBytes(bytes)
  const task = { bytes: own, header, options, timeoutMs }
  const answer = await pool
    .run(task, { signal, transferList: [own.buffer] })
    .catch((error: unknown) => {
      throw signal.aborted ? deadline.passed(error) : error
    })
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
function ownBytes(bytes: Buffer): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = bytes
  const isAlone = buffer.byteLength === byteLength && !isMarkedAsUntransferable(buffer)
  return isAlone && buffer instanceof ArrayBuffer ? new Uint8Array(buffer) : new Uint8Array(bytes)
}
