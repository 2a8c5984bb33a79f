import { describe, expect, it } from 'vitest'
import type { Options } from '../contract/options.ts'
import { placement } from './geometry.ts'
import { luma } from './luma.ts'
import { nearest } from './nearest.ts'
import type { Pixels } from './pixels.ts'
import { resample } from './resample.ts'
import { resizeExact } from './resize-exact.ts'
import { noise } from './test-picture.ts'
import { AS_IT_IS } from './test-process.ts'

const RGB = noise({ width: 40, height: 30 }, 1)

type Different = Partial<
  Pick<Options, 'scale' | 'fit' | 'crop' | 'filter' | 'pillow' | 'grayscale'>
>

function all(options: Different) {
  return { ...AS_IT_IS, ...options }
}

function where(options: Different) {
  return placement(RGB, all(options))
}

function made(options: Different): Pixels {
  return resizeExact(RGB, where(options), all(options))
}

const SCALE = { width: 17, height: 13 }

describe('resizeExact()', () => {
  it('is the source itself where nothing is to be done', () => {
    for (const filter of ['lanczos', 'nearest', 'box'] as const) {
      expect(made({ filter })).toBe(RGB)
      expect(made({ filter, scale: { width: 40, height: 30 } })).toBe(RGB)
    }
  })

  it.each([1, 3] as const)('resamples %i channels with the filters that weigh', (channels) => {
    for (const filter of ['lanczos', 'bicubic', 'bilinear', 'hamming', 'box'] as const) {
      for (const pillow of ['12', '13'] as const) {
        const options = { filter, pillow, scale: SCALE, grayscale: channels === 1 }
        const expected = resample(RGB, where(options), { filter, pillow }, channels)
        expect(made(options)).toEqual(expected)
      }
    }
  })

  it('picks with nearest, and takes the luma of what is picked', () => {
    const options = { filter: 'nearest', scale: SCALE } as const
    const picked = nearest(RGB, where(options))
    expect(made(options)).toEqual(picked)
    expect(made({ ...options, grayscale: true })).toEqual(luma(picked))
  })

  it('takes the luma where the size is kept', () => {
    expect(made({ grayscale: true })).toEqual(luma(RGB))
  })

  it('cuts a crop out of the source without resampling it', () => {
    const cut = made({ crop: { width: 10, height: 4 } })
    expect(cut).toMatchObject({ width: 10, height: 4, channels: 3 })
    const rows = [13, 14, 15, 16].flatMap((y) => {
      const at = (y * 40 + 15) * 3
      return [...RGB.data.subarray(at, at + 30)]
    })
    expect([...cut.data]).toEqual(rows)
  })

  it.each([false, true])('makes of a crop what the whole has there, grayscale=%s', (grayscale) => {
    for (const filter of ['lanczos', 'box', 'nearest'] as const) {
      for (const fit of ['fill', 'cover'] as const) {
        const options = { filter, fit, grayscale, scale: SCALE }
        const whole = made(options)
        const cut = made({ ...options, crop: { width: 7, height: 5 } })
        const channels = grayscale ? 1 : 3
        expect(cut).toMatchObject({ width: 7, height: 5, channels })
        for (let y = 0; y < 5; y++) {
          // (17 - 7) / 2 and (13 - 5) / 2.
          const at = ((4 + y) * 17 + 5) * channels
          const row = cut.data.subarray(y * 7 * channels, (y + 1) * 7 * channels)
          expect([...row]).toEqual([...whole.data.subarray(at, at + 7 * channels)])
        }
      }
    }
  })

  it('lays black around what is contained, in gray or colour', () => {
    for (const grayscale of [false, true]) {
      const inside = made({ fit: 'inside', grayscale, scale: { width: 20, height: 20 } })
      const contained = made({ fit: 'contain', grayscale, scale: { width: 20, height: 20 } })
      expect(inside).toMatchObject({ width: 20, height: 15 })
      expect(contained).toMatchObject({ width: 20, height: 20 })
      const rowBytes = 20 * contained.channels
      // Five rows of black: (20 - 15) / 2 goes to the even side, 2 above.
      const black = new Uint8Array(rowBytes)
      const rows = [black, black, inside.data, black, black, black]
      expect([...contained.data]).toEqual([...Buffer.concat(rows)])
    }
  })

  it('lays black around a source that is smaller than the crop', () => {
    const wide = made({ crop: { width: 42, height: 30 } })
    expect(wide).toMatchObject({ width: 42, height: 30 })
    for (let y = 0; y < 30; y++) {
      const row = [0, 0, 0, ...RGB.data.subarray(y * 120, (y + 1) * 120), 0, 0, 0]
      expect([...wide.data.subarray(y * 126, (y + 1) * 126)]).toEqual(row)
    }
  })
})
