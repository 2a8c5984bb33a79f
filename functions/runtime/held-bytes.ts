import type { IncomingMessage } from 'node:http'
import { overloaded } from '../contract/problem.ts'

/**
 * What a request weighs beyond its bytes. Without it any number of small requests would fit.
 */
export const REQUEST_BYTES = 16_384

/**
 * What the system may copy of an answer that nobody reads: the most that Linux lets a send buffer have
 * (net.ipv4.tcp_wmem). Without it any number of readers of one large result would fill the memory. An answer
 * that fits in there is sent, as far as can be seen from here, and nothing is held for it.
 */
export const SEND_BUFFER_BYTES = 4_194_304

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
  /**
   * Holds an answer that is there already: for it, others find no room. The same bytes are in memory once,
   * so whoever is answered with them while others are holds no more than what the system copies of them.
   */
  share: (bytes: Uint8Array) => void
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
  const usersOfShared = new Map<Uint8Array, number>()

  function changeUsers(bytes: Uint8Array, by: 1 | -1): void {
    const before = usersOfShared.get(bytes) ?? 0
    const after = before + by
    total += sharedBytes(bytes, after) - sharedBytes(bytes, before)
    if (after > 0) usersOfShared.set(bytes, after)
    else usersOfShared.delete(bytes)
  }

  function checkRoom(bytes: number, request: Request): void {
    const isAlone = total === request.bytes
    if (isAlone || total + bytes <= maxBytes) return
    const detail = 'The service holds as many bytes of images as it may; try again in a moment.'
    throw overloaded(detail, RETRY_AFTER_SECONDS)
  }

  function hold(request: Request): Held {
    const shared: Uint8Array[] = []
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
        if (users > 0) return
        change(-own)
        for (const bytes of shared) changeUsers(bytes, -1)
      }
      const held: Held = {
        expect: (announcedBytes) => checkRoom(announcedBytes, request),
        grow(bytes) {
          if (isReleased) return
          checkRoom(bytes, request)
          change(bytes)
        },
        share(bytes) {
          if (isReleased) return
          shared.push(bytes)
          changeUsers(bytes, 1)
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
      held.grow(REQUEST_BYTES)
      return held
    },
  }
}

/** What bytes take of the memory while so many are answered with them. */
function sharedBytes({ length }: Uint8Array, users: number): number {
  return users === 0 ? 0 : length + (users - 1) * Math.min(length, SEND_BUFFER_BYTES)
}

/** The bytes that a request says it has; more than the limit is refused for that. */
export function announcedBytes({ headers }: IncomingMessage, maxBytes: number): number {
  const announced = Number(headers['content-length'] ?? 0)
  return announced <= maxBytes ? announced : 0
}
