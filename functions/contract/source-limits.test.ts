import { describe, expect, it } from 'vitest'
import { checkSourcePixels } from './source-limits.ts'

describe('checkSourcePixels()', () => {
  it('allows exactly the limit and refuses one more, naming the numbers', () => {
    expect(() => checkSourcePixels({ width: 10, height: 10 }, 100)).not.toThrow()
    expect(() => checkSourcePixels({ width: 101, height: 1 }, 100)).toThrow(
      'too_many_pixels: The source is 101x1 = 101 pixels; at most 100 are processed.',
    )
  })
})
