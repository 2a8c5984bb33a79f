/** How long what is under way will take, by what the last of it took. */
export type RetryAfter = {
  /** What weighs so much took one of the places so long. */
  note: (weight: number, ms: number) => void
  /** Whole seconds until what weighs so much has been worked off, from 1 to 60; 1 before anything was noted. */
  seconds: (weight: number) => number
}

/** No caller is told to stay away for longer, whatever the last images took. */
const MAX_SECONDS = 60

/** How much of what was measured counts when the next has been: the last five are most of it. */
const KEPT = 0.8

/** For `count` places beside each other. */
export function createRetryAfter(count: number): RetryAfter {
  let worked = { weight: 0, ms: 0 }

  return {
    note(weight, ms) {
      worked = { weight: worked.weight * KEPT + weight, ms: worked.ms * KEPT + ms }
    },
    seconds(weight) {
      if (worked.weight === 0) return 1
      const ms = (weight * worked.ms) / worked.weight / count
      return Math.min(Math.max(1, Math.ceil(ms / 1000)), MAX_SECONDS)
    },
  }
}
