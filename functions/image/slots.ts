import { overloaded } from '../contract/problem.ts'
import { createRetryAfter } from '../runtime/retry-after.ts'

/** Gives back a slot, and tells whether a result was made in it. */
export type Release = (hasMade?: boolean) => void

/** The right to work on images, a few at a time; the rest waits in order, bounded in pixels. */
export type Slots = {
  /**
   * Resolves when a slot is free. Throws `overloaded` at once when the queue has no room for these
   * pixels, and the reason of the signal when it aborts while waiting.
   */
  acquire: (pixels: number, signal: AbortSignal) => Promise<Release>
}

type Waiting = { pixels: number; start: () => void }

/** Slots for `count` images, with waiting ones of at most `queuePixels` in sum. */
export function createSlots(count: number, queuePixels: number): Slots {
  const queue = new Set<Waiting>()
  let free = count
  let waitingPixels = 0
  const retryAfter = createRetryAfter(count)

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

  const createRelease = (pixels: number): Release => {
    const startMs = performance.now()
    let released = false
    return (hasMade = false) => {
      if (released) return
      released = true
      pass()
      // As it weighed in the queue, of which it is to be told how long it takes.
      if (hasMade) retryAfter.note(pixels, performance.now() - startMs)
    }
  }

  return {
    acquire(pixels, signal) {
      if (signal.aborted) return Promise.reject(signal.reason)
      if (free > 0) {
        free--
        return Promise.resolve(createRelease(pixels))
      }
      if (waitingPixels + pixels > queuePixels) {
        const detail = 'All slots are taken and the queue is full; try again in a moment.'
        return Promise.reject(overloaded(detail, retryAfter.seconds(waitingPixels)))
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
            resolve(createRelease(pixels))
          },
        }
        queue.add(waiting)
        waitingPixels += pixels
        signal.addEventListener('abort', onAbort, { once: true })
      })
    },
  }
}
