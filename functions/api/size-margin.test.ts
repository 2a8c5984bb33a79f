import { describe, expect, it } from 'vitest'
import { isWithinMargin } from './size-margin.ts'

const WANTED = { width: 1024, height: 768 }

describe('isWithinMargin()', () => {
  it.each([
    [1024, 768, true],
    [1000, 750, true],
    [1075, 806, true], // 51 of 51.2 and 38 of 38.4 pixels: just inside 5 %
    [973, 730, true],
    [1076, 768, false],
    [1024, 807, false],
    [972, 768, false],
    [1024, 729, false],
    [900, 700, false],
    [768, 1024, false],
  ])('of %ix%i against 1024x768 at 5 %% is %s', (width, height, within) => {
    expect(isWithinMargin({ width, height }, WANTED, 5)).toBe(within)
  })

  it('includes the margin itself', () => {
    expect(isWithinMargin({ width: 105, height: 95 }, { width: 100, height: 100 }, 5)).toBe(true)
    expect(isWithinMargin({ width: 106, height: 95 }, { width: 100, height: 100 }, 5)).toBe(false)
  })

  it('allows only the size itself at 0 %', () => {
    expect(isWithinMargin(WANTED, WANTED, 0)).toBe(true)
    expect(isWithinMargin({ width: 1025, height: 768 }, WANTED, 0)).toBe(false)
  })
})
