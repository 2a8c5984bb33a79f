/** How long what waits for a slot will take, by what the last images took. */
export type RetryAfter = {
  /** What weighed so many pixels took one slot so long. */
  note: (pixels: number, ms: number) => void
  /** Whole seconds until what weighs so many has been worked off, from 1 to 60; 1 before anything was noted. */
  seconds: (pixels: number) => number
}

/** No caller is told to stay away for longer, whatever the last images took. */
const MAX_SECONDS = 60

/** How much of what was measured counts when the next image has been: the last five are most of it. */
const KEPT = 0.8

/** For `count` slots beside each other. */
export function createRetryAfter(count: number): RetryAfter {
  let worked = { pixels: 0, ms: 0 }

  return {
    note(pixels, ms) {
      worked = { pixels: worked.pixels * KEPT + pixels, ms: worked.ms * KEPT + ms }
    },
    seconds(pixels) {
      if (worked.pixels === 0) return 1
      const ms = (pixels * worked.ms) / worked.pixels / count
      return Math.min(Math.max(1, Math.ceil(ms / 1000)), MAX_SECONDS)
    },
  }
}
