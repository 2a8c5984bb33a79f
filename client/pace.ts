import pMap from 'p-map'
import { type Clock, waitUnlessStopped } from './clock.ts'

/**
 * How fast requests are sent: so many each second whatever the answers do (an open loop), or so many at
 * a time, each after the answer to another (a closed one, which a slow service slows down).
 */
export type Pace = { rate: number } | { concurrency: number }

/**
 * In an open loop, what is due beyond this waits for an answer: each has a connection and memory of its own.
 * The wait counts, as it is from when it was due that time is taken.
 */
const MAX_IN_FLIGHT = 1000

/**
 * Sends at this pace for this long, and resolves when nothing is under way any more; when the signal
 * aborts nothing more is sent.
 */
export async function keepPace(
  pace: Pace,
  durationMs: number,
  send: (dueMs: number) => Promise<void>,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const endMs = clock.nowMs() + durationMs
  if ('rate' in pace) {
    const due = dueTimes(pace.rate, endMs, clock, signal)
    await pMap(due, send, { concurrency: MAX_IN_FLIGHT })
  } else {
    await pMap(turns(endMs, clock, signal), send, { concurrency: pace.concurrency })
  }
}

/** A moment every so often, each when it has come; one that is asked for late keeps its time. */
async function* dueTimes(rate: number, endMs: number, clock: Clock, signal: AbortSignal) {
  const startMs = clock.nowMs()
  for (let count = 0; ; count++) {
    const dueMs = startMs + (count * 1000) / rate
    // The time after the last belongs to the pace as well.
    const waitMs = Math.min(dueMs, endMs) - clock.nowMs()
    if (waitMs > 0) await waitUnlessStopped(clock, waitMs / 1000, signal)
    if (dueMs >= endMs || signal.aborted) return
    yield dueMs
  }
}

/** Now, as often as it is asked for. */
async function* turns(endMs: number, clock: Clock, signal: AbortSignal) {
  while (clock.nowMs() < endMs && !signal.aborted) yield clock.nowMs()
}

/** Waits a little, so that a service that is gone is not asked as fast as the machine can. */
export function pauseAfterFailure(clock: Clock, signal: AbortSignal): Promise<void> {
  return waitUnlessStopped(clock, PAUSE_SECONDS, signal)
}

const PAUSE_SECONDS = 0.1
