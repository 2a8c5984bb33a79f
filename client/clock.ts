import { waitSeconds } from './wait-seconds.ts'

/** Time as a run sees it: milliseconds from any fixed moment, and waiting that a signal ends. */
export type Clock = {
  nowMs: () => number
  wait: (seconds: number, signal: AbortSignal) => Promise<void>
}

/** The time of this machine, which no adjustment of its clock moves. */
export const monotonicClock: Clock = { nowMs: () => performance.now(), wait: waitSeconds }

/** Waits, or less when the signal aborts. */
export async function waitUnlessStopped(
  { wait }: Clock,
  seconds: number,
  signal: AbortSignal,
): Promise<void> {
  try {
    await wait(seconds, signal)
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
