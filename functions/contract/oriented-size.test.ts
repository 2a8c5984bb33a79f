import { describe, expect, it } from 'vitest'
import { orientedSize } from './oriented-size.ts'

describe('orientedSize()', () => {
  it.each([1, 2, 3, 4])('keeps the sides at orientation %i', (orientation) => {
    const stored = { width: 4, height: 3, orientation }
    expect(orientedSize(stored, 'apply')).toEqual({ width: 4, height: 3 })
  })

  it.each([5, 6, 7, 8])(
    'swaps the sides at orientation %i, unless it is ignored',
    (orientation) => {
      const stored = { width: 4, height: 3, orientation }
      expect(orientedSize(stored, 'apply')).toEqual({ width: 3, height: 4 })
      expect(orientedSize(stored, 'ignore')).toEqual({ width: 4, height: 3 })
    },
  )
})
