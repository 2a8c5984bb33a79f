import { describe, expect, it } from 'vitest'
import { createLatencies } from './latency.ts'

describe('createLatencies()', () => {
  it('has nothing to say of nothing', () => {
    const latencies = createLatencies()
    expect(latencies.percentileMs(50)).toBeUndefined()
    expect(latencies.meanMs()).toBeUndefined()
    expect(latencies.buckets()).toEqual([])
  })

  it('has percentiles to three digits', () => {
    const latencies = createLatencies()
    for (let ms = 1; ms <= 1000; ms++) latencies.record(ms)
    expect(latencies.count()).toBe(1000)
    for (const percent of [1, 50, 99, 100]) {
      expect(latencies.percentileMs(percent)).toBeCloseTo(percent * 10, -0.4)
    }
    expect(latencies.meanMs()).toBeCloseTo(500.5, -0.4)
  })

  it('counts in buckets from the first that is not empty to the last', () => {
    const latencies = createLatencies()
    for (const ms of [0, 2, 2.1, 6, 6]) latencies.record(ms)
    expect(latencies.buckets()).toEqual([
      { upToMs: 1, count: 1 },
      { upToMs: 1.5, count: 0 },
      { upToMs: 2, count: 1 },
      { upToMs: 3, count: 1 },
      { upToMs: 5, count: 0 },
      { upToMs: 7, count: 2 },
    ])
  })

  it('has the longest in its last bucket', () => {
    const latencies = createLatencies()
    latencies.record(1e6)
    expect(latencies.buckets()).toEqual([{ upToMs: 70_000, count: 1 }])
  })
})
