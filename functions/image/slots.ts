import { overloaded } from '../contract/problem.ts'

/** Gives back a slot. */
export type Release = () => void

/** The right to work on images, a few at a time; the rest waits in order, bounded in pixels. */
export type Slots = {
  /**
   * Resolves when a slot is free. Throws `overloaded` at once when the queue has no room for these
   * pixels, and the reason of the signal when it aborts while waiting.
   */
  acquire: (pixels: number, signal: AbortSignal) => Promise<Release>
}

type Waiting = { pixels: number; start: () => void }

/**
 * Seconds after which a refused caller may try again: a full queue of 200 megapixels is worked off
 * in about one on two cores, by the CPU per megapixel that process.bench.ts prints.
 */
const RETRY_AFTER_SECONDS = 1

/** Slots for `count` images, with waiting ones of at most `queuePixels` in sum. */
export function createSlots(count: number, queuePixels: number): Slots {
  const queue = new Set<Waiting>()
  let free = count
  let waitingPixels = 0

  const leaveQueue = (waiting: Waiting) => {
    queue.delete(waiting)
    waitingPixels -= waiting.pixels
  }

  const pass = () => {
    const [next] = queue
    if (!next) {
      free++
      return
    }
    leaveQueue(next)
    next.start()
  }

  const createRelease = (): Release => {
    let released = false
    return () => {
      if (!released) pass()
      released = true
    }
  }

  return {
    acquire(pixels, signal) {
      if (signal.aborted) return Promise.reject(signal.reason)
      if (free > 0) {
        free--
        return Promise.resolve(createRelease())
      }
      if (waitingPixels + pixels > queuePixels) {
        const detail = 'All slots are taken and the queue is full; try again in a moment.'
        return Promise.reject(overloaded(detail, RETRY_AFTER_SECONDS))
      }
      return new Promise((resolve, reject) => {
        const onAbort = () => {
          leaveQueue(waiting)
          reject(signal.reason)
        }
        const waiting = {
          pixels,
          start() {
            signal.removeEventListener('abort', onAbort)
            resolve(createRelease())
          },
        }
        queue.add(waiting)
        waitingPixels += pixels
        signal.addEventListener('abort', onAbort, { once: true })
      })
    },
  }
}
