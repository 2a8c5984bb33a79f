import type { IncomingMessage } from 'node:http'
import { overloaded } from '../contract/problem.ts'

/**
 * What a request weighs beyond its bytes. Without it any number of small requests would fit.
 */
export const REQUEST_BYTES = 16_384

/** A second is what most requests take; whoever still finds no room is told so again. */
const RETRY_AFTER_SECONDS = 1

/** Bytes in memory for which there is room until they are released: those of a source, or of an answer. */
export type Held = Disposable & {
  /**
   * Throws `overloaded` when there is no room for what is announced. It is not held before it arrives, as
   * announcing costs nothing.
   */
  expect: (announcedBytes: number) => void
  /** Holds more of what arrives. Throws `overloaded` when there is no room; one request alone always finds some. */
  grow: (bytes: number) => void
  /** Holds what is there already: for it, others find no room. */
  add: (bytes: number) => void
  /**
   * Starts to hold other bytes for the same request, which are released by themselves. Of a request that was
   * released, nothing is held in this way either.
   */
  open: () => Held
  /** The same bytes for one user more: they are let go when each of them has released them. */
  retain: () => Held
  /** After this nothing more is held. */
  release: () => void
}

/** The bytes that all requests hold at once, within a limit: requests beyond it would fill the memory. */
export type HeldBytes = {
  /**
   * Starts to hold a request. Throws `overloaded` when there is no room for it and for what it announces,
   * which is not held yet.
   */
  admit: (announcedBytes: number) => Held
}

/** What is held together for one request, which may be alone. */
type Request = { bytes: number }

export function createHeldBytes(maxBytes: number): HeldBytes {
  let total = 0

  function checkRoom(bytes: number, request: Request): void {
    const isAlone = total === request.bytes
    if (isAlone || total + bytes <= maxBytes) return
    const detail = 'The service holds as many bytes of images as it may; try again in a moment.'
    throw overloaded(detail, RETRY_AFTER_SECONDS)
  }

  function hold(request: Request): Held {
    let own = 0
    let users = 0

    function change(bytes: number): void {
      total += bytes
      request.bytes += bytes
      own += bytes
    }

    function use(): Held {
      let isReleased = false
      users++
      const release = () => {
        if (isReleased) return
        isReleased = true
        users--
        if (users === 0) change(-own)
      }
      const held: Held = {
        expect: (announcedBytes) => checkRoom(announcedBytes, request),
        grow(bytes) {
          if (isReleased) return
          checkRoom(bytes, request)
          change(bytes)
        },
        add(bytes) {
          if (!isReleased) change(bytes)
        },
        open: () => (isReleased ? held : hold(request)),
        retain: () => (isReleased ? held : use()),
        release,
        [Symbol.dispose]: release,
      }
      return held
    }

    return use()
  }

  return {
    admit(announcedBytes) {
      const request = { bytes: 0 }
      checkRoom(REQUEST_BYTES + announcedBytes, request)
      const held = hold(request)
      held.add(REQUEST_BYTES)
      return held
    },
  }
}

/** The bytes that a request says it has; more than the limit is refused for that. */
export function announcedBytes({ headers }: IncomingMessage, maxBytes: number): number {
  const announced = Number(headers['content-length'] ?? 0)
  return announced <= maxBytes ? announced : 0
}
