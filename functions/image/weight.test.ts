import { describe, expect, it } from 'vitest'
import { AS_IT_IS } from './test-process.ts'
import { weightOf } from './weight.ts'

const LIMITS = { maxSourcePixels: 5000, maxResultPixels: 3000 }
const SOURCE = { width: 40, height: 30 }
const bytes = (count: number) => new Uint8Array(count)

describe('weightOf()', () => {
  it('is the pixels of the source', () => {
    expect(weightOf(bytes(9), SOURCE, AS_IT_IS, LIMITS)).toBe(1200)
  })

  it('is the pixels of a larger result, as many as may be made', () => {
    const weigh = (width: number) =>
      weightOf(bytes(9), SOURCE, { ...AS_IT_IS, scale: { width, height: 50 } }, LIMITS)
    expect(weigh(50)).toBe(2500)
    expect(weigh(65_535)).toBe(3000)
  })

  it('is the bytes of a large file of few pixels', () => {
    expect(weightOf(bytes(1300), SOURCE, AS_IT_IS, LIMITS)).toBe(1300)
  })

  it('is the most that a source may have where it does not say its size', () => {
    expect(weightOf(bytes(9), undefined, AS_IT_IS, LIMITS)).toBe(5000)
    expect(weightOf(bytes(6000), undefined, AS_IT_IS, LIMITS)).toBe(6000)
  })
})
