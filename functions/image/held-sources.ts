import { overloaded } from '../contract/problem.ts'

/** A second is what most requests take; whoever still finds no room is told so again. */
const RETRY_AFTER_SECONDS = 1

/** The bytes of one source that are in memory. */
export type HeldSource = {
  /** Holds more of it. Throws `overloaded` when there is no room; a source alone always finds some. */
  grow: (bytes: number) => void
  /** After this nothing more is held. */
  letGo: () => void
}

/** Sources in memory, while they arrive, wait and are worked on, bounded by the bytes of all. */
export type HeldSources = {
  /**
   * Starts to hold a source. Throws `overloaded` when there is no room for what it announces, which is not held
   * before it arrives: to announce costs nothing.
   */
  hold: (announcedBytes: number) => HeldSource
}

export function createHeldSources(maxBytes: number): HeldSources {
  let total = 0

  function checkRoom(bytes: number, own: number): void {
    const isAlone = total === own
    if (isAlone || total + bytes <= maxBytes) return
    const detail = 'As many bytes of images are held as may be; try again in a moment.'
    throw overloaded(detail, RETRY_AFTER_SECONDS)
  }

  return {
    hold(announcedBytes) {
      checkRoom(announcedBytes, 0)
      let own = 0
      let isLetGo = false
      return {
        grow(bytes) {
          if (isLetGo) return
          checkRoom(bytes, own)
          own += bytes
          total += bytes
        },
        letGo() {
          total -= own
          own = 0
          isLetGo = true
        },
      }
    },
  }
}
