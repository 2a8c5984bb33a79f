import { overloaded } from '../contract/problem.ts'

/** Gives back a slot, and tells how many pixels were worked on in it, if that is known. */
export type Release = (pixels?: number) => void

/** The right to work on images, a few at a time; the rest waits in order, bounded in pixels. */
export type Slots = {
  /**
   * Resolves when a slot is free. Throws `overloaded` at once when the queue has no room for these
   * pixels, and the reason of the signal when it aborts while waiting.
   */
  acquire: (pixels: number, signal: AbortSignal) => Promise<Release>
}

type Waiting = { pixels: number; start: () => void }

/** No caller is told to stay away for longer, whatever the last images took. */
const MAX_RETRY_AFTER_SECONDS = 60

/** How much of what was measured counts when the next image has been: the last five are most of it. */
const KEPT = 0.8

/** Slots for `count` images, with waiting ones of at most `queuePixels` in sum. */
export function createSlots(count: number, queuePixels: number): Slots {
  const queue = new Set<Waiting>()
  let free = count
  let waitingPixels = 0
  let worked = { pixels: 0, ms: 0 }

  /** Seconds until what waits now will have been worked off, by what the last images took. */
  const retryAfterSeconds = () => {
    if (worked.pixels === 0) return 1
    const ms = (waitingPixels * worked.ms) / worked.pixels / count
    return Math.min(Math.max(1, Math.ceil(ms / 1000)), MAX_RETRY_AFTER_SECONDS)
  }

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
    const startMs = performance.now()
    let released = false
    return (pixels) => {
      if (released) return
      released = true
      pass()
      if (!pixels) return
      const ms = performance.now() - startMs
      worked = { pixels: worked.pixels * KEPT + pixels, ms: worked.ms * KEPT + ms }
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
        return Promise.reject(overloaded(detail, retryAfterSeconds()))
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
