import { SingleBar } from 'cli-progress'
import type { Surroundings } from './command.ts'
import { readableMs } from './load-report.ts'
import type { Tally } from './tally.ts'

/** A bar that counts the seconds along, with what there is so far, where there is a terminal. */
export function createLoadProgress(
  seconds: number,
  { requests, latencies }: Tally,
  stream: Surroundings['stderr'],
): { stop: () => void } {
  if (!stream.isTTY) return { stop: () => {} }
  const bar = new SingleBar({
    stream,
    format: '{bar} {value}/{total} s, {requests} requests, p50 {p50}, p99 {p99}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    clearOnComplete: true,
  })
  const readable = (percent: number) => readableMs(latencies.percentileMs(percent) ?? 0)
  const soFar = () => ({ requests: requests(), p50: readable(50), p99: readable(99) })
  bar.start(seconds, 0, soFar())
  const ticking = setInterval(() => bar.increment(1, soFar()), 1000)
  return {
    stop() {
      clearInterval(ticking)
      bar.stop()
    },
  }
}
