import { describe, expect, it } from 'vitest'
import { memoryTrend } from './memory-trend.ts'

/** By how much each minute is off, in megabytes. */
const JUMPS = [5, -8, 3, -2, 9, -6, 4, -5]

/** Eight minutes of samples every five seconds. */
function samples(mbPerMinute: number) {
  return Array.from({ length: 96 }, (_, i) => {
    const minute = (5 * i) / 60
    return {
      seconds: 5 * i,
      mb: 300 + mbPerMinute * minute + (JUMPS[Math.floor(minute)] ?? 0),
    }
  })
}

describe('memoryTrend()', () => {
  it('tells growth from noise', () => {
    const { mbPerMinute, noise } = memoryTrend(samples(8))
    expect(Math.abs(mbPerMinute - 8)).toBeLessThan(noise)
    expect(mbPerMinute).toBeGreaterThan(noise)
  })

  it('takes noise for what it is', () => {
    const { mbPerMinute, noise } = memoryTrend(samples(0))
    expect(Math.abs(mbPerMinute)).toBeLessThan(noise)
  })

  it('is exact where there is none', () => {
    const straight = Array.from({ length: 50 }, (_, i) => ({ seconds: 6 * i, mb: 200 + i / 10 }))
    const { mbPerMinute, noise } = memoryTrend(straight)
    expect(mbPerMinute).toBeCloseTo(1)
    expect(noise).toBeCloseTo(0)
  })
})
