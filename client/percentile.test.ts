import { describe, expect, it } from 'vitest'
import { percentile } from './percentile.ts'

describe('percentile()', () => {
  it('is the value that so many per cent do not exceed', () => {
    const values = Array.from({ length: 10 }, (_, at) => at + 1)
    expect(percentile(values, 50)).toBe(5)
    expect(percentile(values, 51)).toBe(6)
    expect(percentile(values, 99)).toBe(10)
    expect(percentile(values, 100)).toBe(10)
    expect(percentile(values, 0)).toBe(1)
  })

  it('is none of nothing', () => {
    expect(percentile([], 50)).toBeUndefined()
  })
})
