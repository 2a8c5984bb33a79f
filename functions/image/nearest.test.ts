import { describe, expect, it } from 'vitest'
import type { Placement } from './geometry.ts'
import { nearest } from './nearest.ts'
import type { Pixels } from './pixels.ts'
import { noise } from './test-picture.ts'

/** One row in which every pixel is its own column, as one channel. */
function columns(width: number): Pixels {
  return { data: Uint8Array.from({ length: width }, (_, x) => x), width, height: 1, channels: 1 }
}

function whole(from: number, to: number): Placement {
  return {
    box: { left: 0, top: 0, right: from, bottom: 1 },
    size: { width: to, height: 1 },
    window: { left: 0, top: 0, width: to, height: 1 },
  }
}

describe('nearest()', () => {
  it.each([
    // The pixel in which the middle of the new one lies.
    [9, 3, [1, 4, 7]],
    [10, 3, [1, 5, 8]],
    [5, 2, [1, 3]],
    [2, 5, [0, 0, 1, 1, 1]],
    [3, 7, [0, 0, 1, 1, 1, 2, 2]],
    [4, 4, [0, 1, 2, 3]],
    [1, 4, [0, 0, 0, 0]],
    [255, 1, [127]],
  ])('picks of %i columns for %i those of %j', (from, to, expected) => {
    expect([...nearest(columns(from), whole(from, to)).data]).toEqual(expected)
  })

  it('picks rows and columns alike, and all channels of a pixel', () => {
    const source = noise({ width: 8, height: 6 }, 1)
    const where = {
      box: { left: 0, top: 0, right: 8, bottom: 6 },
      size: { width: 4, height: 2 },
      window: { left: 0, top: 0, width: 4, height: 2 },
    }
    const { data, ...rest } = nearest(source, where)
    expect(rest).toEqual({ width: 4, height: 2, channels: 3 })
    const picked = [1, 4].flatMap((row) =>
      [1, 3, 5, 7].flatMap((column) => {
        const at = (row * 8 + column) * 3
        return [...source.data.subarray(at, at + 3)]
      }),
    )
    expect([...data]).toEqual(picked)
  })

  it('adds up positions step by step, as Pillow does', () => {
    // Of two sevenths, added up, some are a little less than the whole number that they should be.
    const [from, to] = [8, 28]
    const step = from / to
    let position = step * 0.5
    const expected = Array.from({ length: to }, () => {
      const at = Math.trunc(position)
      position += step
      return at
    })
    expect([...nearest(columns(from), whole(from, to)).data]).toEqual(expected)
    const multiplied = Array.from({ length: to }, (_, x) => Math.trunc((x + 0.5) * step))
    expect(expected).not.toEqual(multiplied)
  })

  it('picks within the box, which it takes in single precision', () => {
    const where = { ...whole(100, 4), box: { left: 20.1, top: 0, right: 60.1, bottom: 1 } }
    expect([...nearest(columns(100), where).data]).toEqual([25, 35, 45, 55])
    // In double precision each middle would lie a little before its whole number.
    const short = { left: 0, top: 0, right: 10 - 1e-9, bottom: 1 }
    const shortened = { ...whole(10, 5), box: short }
    expect([...nearest(columns(10), shortened).data]).toEqual([1, 3, 5, 7, 9])
    const shifted = { ...whole(10, 4), box: { ...short, left: 2 - 1e-9, right: 10 } }
    expect([...nearest(columns(10), shifted).data]).toEqual([3, 5, 7, 9])
  })

  it.each([
    ['the start', 0, 5],
    ['the middle', 13, 4],
    ['the end', 28, 2],
  ])('gives the window at %s as it is in the whole', (_where, left, width) => {
    const all = nearest(columns(99), whole(99, 30)).data
    const window = { left, top: 0, width, height: 1 }
    const some = nearest(columns(99), { ...whole(99, 30), window })
    expect(some).toMatchObject({ width, height: 1 })
    expect([...some.data]).toEqual([...all.subarray(left, left + width)])
  })

  it('holds only the positions of the window, however large the picture', () => {
    const where = {
      box: { left: 0, top: 0, right: 9, bottom: 1 },
      size: { width: 40_000_000, height: 1 },
      window: { left: 39_999_998, top: 0, width: 2, height: 1 },
    }
    expect([...nearest(columns(9), where).data]).toEqual([8, 8])
  })

  it('reads pixels that start within a larger buffer', () => {
    const data = Buffer.from([9, 9, 0, 1, 2, 3, 9]).subarray(2, 6)
    const source: Pixels = { data, width: 4, height: 1, channels: 1 }
    expect([...nearest(source, whole(4, 2)).data]).toEqual([1, 3])
  })
})
