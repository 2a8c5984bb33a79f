import type { IncomingMessage } from 'node:http'
import { overloaded } from '../contract/problem.ts'

/**
 * What a request weighs beyond its bytes. Without it any number of small requests would fit.
 */
const REQUEST_BYTES = 16_384

/** A second is what most requests take; whoever still finds no room is told so again. */
const RETRY_AFTER_SECONDS = 1

/** The bytes that one request holds, of its source and of its result. */
export type Held = {
  /** Holds more of the source. Throws `overloaded` when there is no room. */
  grow: (bytes: number) => void
  /** Holds the bytes of a result, which are there already: for them, others find no room. */
  add: (bytes: number) => void
  release: () => void
}

/** The bytes that all requests hold at once, within a limit: requests beyond it would fill the memory. */
export type HeldBytes = {
  /**
   * Starts to hold a request with the bytes that it announces. Throws `overloaded` when there is no
   * room; one alone always finds some.
   */
  admit: (announcedBytes: number) => Held
}

export function createHeldBytes(maxBytes: number): HeldBytes {
  let total = 0

  function take(bytes: number, ownBytes: number): void {
    const isAlone = total === ownBytes
    if (!isAlone && total + bytes > maxBytes) {
      const detail = 'The service holds as many bytes of images as it may; try again in a moment.'
      throw overloaded(detail, RETRY_AFTER_SECONDS)
    }
    total += bytes
  }

  return {
    admit(announcedBytes) {
      let own = announcedBytes + REQUEST_BYTES
      let arrived = 0
      take(own, 0)
      return {
        grow(bytes) {
          arrived += bytes
          const unannounced = Math.max(0, arrived + REQUEST_BYTES - own)
          take(unannounced, own)
          own += unannounced
        },
        add(bytes) {
          total += bytes
          own += bytes
        },
        release() {
          total -= own
          own = 0
        },
      }
    },
  }
}

/** The bytes that a request says it has; more than the limit is refused for that, and held by nobody. */
export function announcedBytes({ headers }: IncomingMessage, maxBytes: number): number {
  const announced = Number(headers['content-length'] ?? 0)
  return announced <= maxBytes ? announced : 0
}
