/**
 * The image function, whose event loop is watched: any message to it is answered with the 99th
 * percentile of its delay since the last one, in milliseconds, of which the timer itself is about one.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'

export type LoopDelay = { p99Ms: number; maxMs: number }

const histogram = monitorEventLoopDelay({ resolution: 1 })
histogram.enable()

process.on('message', () => {
  const delay: LoopDelay = { p99Ms: histogram.percentile(99) / 1e6, maxMs: histogram.max / 1e6 }
  process.send?.(delay)
  histogram.reset()
})

// Last: it comes back when the function has ended.
await import('./main.ts')
