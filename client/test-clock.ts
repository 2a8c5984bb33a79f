import type { Clock } from './clock.ts'

/** A clock that stands still until something waits, and then is there at once; what is passed to it happens meanwhile. */
export function createTestClock(
  meanwhile: (seconds: number) => void = () => {},
): Clock & { advance: (ms: number) => void } {
  let nowMs = 0
  return {
    nowMs: () => nowMs,
    advance(ms) {
      nowMs += ms
    },
    async wait(seconds, signal) {
      signal.throwIfAborted()
      meanwhile(seconds)
      nowMs += seconds * 1000
    },
  }
}
