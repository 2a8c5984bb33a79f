import { describe, expect, it } from 'vitest'
import { onBlack } from './canvas.ts'
import type { Pixels } from './pixels.ts'

/** Three columns and two rows of gray. */
const GRAY: Pixels = { data: Uint8Array.from([1, 2, 3, 4, 5, 6]), width: 3, height: 2, channels: 1 }
const PART = { left: 0, top: 0, width: 3, height: 2 }

describe('onBlack()', () => {
  it('lays a picture within a larger window', () => {
    const { data, ...rest } = onBlack(GRAY, PART, { left: -1, top: -2, width: 5, height: 5 })
    expect(rest).toEqual({ width: 5, height: 5, channels: 1 })
    expect([...data]).toEqual(
      [
        [0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0],
        [0, 1, 2, 3, 0],
        [0, 4, 5, 6, 0],
        [0, 0, 0, 0, 0],
      ].flat(),
    )
  })

  it('lays a part that is cut out where it was', () => {
    const part = { left: 10, top: 20, width: 3, height: 2 }
    const { data } = onBlack(GRAY, part, { left: 10, top: 19, width: 3, height: 3 })
    expect([...data]).toEqual([0, 0, 0, 1, 2, 3, 4, 5, 6])
  })

  it('keeps the channels of a pixel together', () => {
    const rgb: Pixels = { data: Uint8Array.from([1, 2, 3]), width: 1, height: 1, channels: 3 }
    const part = { left: 0, top: 0, width: 1, height: 1 }
    const { data, channels } = onBlack(rgb, part, { left: -1, top: 0, width: 3, height: 1 })
    expect(channels).toBe(3)
    expect([...data]).toEqual([0, 0, 0, 1, 2, 3, 0, 0, 0])
  })

  it('is the picture itself where the window has no more', () => {
    expect(onBlack(GRAY, PART, PART)).toBe(GRAY)
  })

  it('leaves the picture as it is', () => {
    onBlack(GRAY, PART, { left: -4, top: -4, width: 9, height: 9 })
    expect([...GRAY.data]).toEqual([1, 2, 3, 4, 5, 6])
  })
})
