import type { Clock } from './clock.ts'

/** A clock that stands still until something waits, and then is there at once. */
export function createTestClock(): Clock & { advance: (ms: number) => void } {
  let nowMs = 0
  return {
    nowMs: () => nowMs,
    advance(ms) {
      nowMs += ms
    },
    async wait(seconds, signal) {
      signal.throwIfAborted()
      nowMs += seconds * 1000
    },
  }
}
