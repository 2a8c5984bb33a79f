import { createHistogram } from 'node:perf_hooks'

/** How many took up to this many milliseconds, and longer than the bucket before says. */
export type Bucket = { upToMs: number; count: number }

/** Latencies in milliseconds; percentiles are exact to three digits. */
export type Latencies = {
  record: (ms: number) => void
  count: () => number
  /** The latency that so many per cent do not exceed; `undefined` when there is none at all. */
  percentileMs: (percent: number) => number | undefined
  meanMs: () => number | undefined
  /** From the first that is not empty to the last. */
  buckets: () => Bucket[]
}

/** Six to a decade, in equal steps on a logarithmic scale as nearly as short numbers allow. */
const BUCKET_STEPS = [1, 1.5, 2, 3, 5, 7]
const BUCKET_BOUNDS = [1, 10, 100, 1000, 10_000].flatMap((ten) =>
  BUCKET_STEPS.map((step) => step * ten),
)

/** Collects latencies in the HDR histogram that Node has, in as much memory for a million as for one. */
export function createLatencies(): Latencies {
  const histogram = createHistogram({ figures: 3 })
  const counts = new Array<number>(BUCKET_BOUNDS.length).fill(0)
  const toMs = (microseconds: number) =>
    histogram.count === 0 ? undefined : Math.round(microseconds) / 1000

  return {
    record(ms) {
      histogram.record(Math.max(1, Math.round(ms * 1000)))
      const bucket = BUCKET_BOUNDS.findIndex((bound) => ms <= bound)
      const at = bucket < 0 ? BUCKET_BOUNDS.length - 1 : bucket
      counts[at] = (counts[at] ?? 0) + 1
    },
    count: () => histogram.count,
    percentileMs: (percent) => toMs(histogram.percentile(percent)),
    meanMs: () => toMs(histogram.mean),
    buckets() {
      const first = counts.findIndex((count) => count > 0)
      const last = counts.findLastIndex((count) => count > 0)
      return BUCKET_BOUNDS.map((upToMs, at) => ({ upToMs, count: counts[at] ?? 0 })).slice(
        Math.max(first, 0),
        last + 1,
      )
    },
  }
}
