import { describe, expect, it } from 'vitest'
import { checkSourcePixels } from './source-limits.ts'

describe('checkSourcePixels()', () => {
  it('allows exactly the limit and refuses one more, naming the numbers', () => {
    expect(() => checkSourcePixels({ width: 10, height: 10 }, 100)).not.toThrow()
    expect(() => checkSourcePixels({ width: 101, height: 1 }, 100)).toThrow(
      'too_many_pixels: The source is 101x1 = 101 pixels; at most 100 are processed.',
    )
  })

  it('allows a side of 262144 and refuses one of more, whatever the number of pixels', () => {
    expect(() => checkSourcePixels({ width: 262_144, height: 1 }, 1e9)).not.toThrow()
    for (const size of [
      { width: 262_145, height: 1 },
      { width: 1, height: 262_145 },
    ]) {
      expect(() => checkSourcePixels(size, 1e9)).toThrow('its sides may have at most 262144 pixels')
    }
  })
})
