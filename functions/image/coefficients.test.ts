import { describe, expect, it } from 'vitest'
import { type Axis, type Coefficients, coefficients } from './coefficients.ts'
import { FILTERS as FORMULAS } from './filters.ts'

const FILTERS = ['lanczos', 'bicubic', 'bilinear', 'hamming', 'box'] as const
const ONE = 2 ** 22

/** All of an axis. */
function axis(inputSize: number, outputSize: number, part: Partial<Axis> = {}): Axis {
  return { inputSize, outputSize, from: 0, to: inputSize, first: 0, count: outputSize, ...part }
}

/** The coefficients of output pixel `x`, put together. */
function joined({ taps, high, low }: Coefficients, x: number): number[] {
  const at = x * taps
  return Array.from({ length: taps }, (_, tap) => {
    return 2048 * (high[at + tap] ?? Number.NaN) + (low[at + tap] ?? Number.NaN)
  })
}

const SIZES = [
  [100, 37],
  [37, 100],
  [100, 99],
  [99, 100],
  [5, 1],
  [1, 5],
  [2, 3],
  [65_535, 2],
  [2, 65_535],
] as const

describe('coefficients()', () => {
  describe.each(FILTERS)('of %s', (filter) => {
    it.each(SIZES)('sum up to 2^22, but for rounding: %i to %i', (inputSize, outputSize) => {
      const found = coefficients(filter, axis(inputSize, outputSize), 2)
      const errors = Array.from({ length: outputSize }, (_, x) =>
        Math.abs(joined(found, x).reduce((total, each) => total + each, 0) - ONE),
      )
      // Each of them is off by up to a half.
      expect(errors.every((error) => error <= found.taps / 2)).toBe(true)
    })

    it.each(SIZES)('lie within the input: %i to %i', (inputSize, outputSize) => {
      const found = coefficients(filter, axis(inputSize, outputSize), 2)
      const starts = [...found.starts]
      expect(starts).toEqual(starts.toSorted((a, b) => a - b))
      expect(starts.every((start) => start < inputSize)).toBe(true)
      // The last taps may lie beyond, with coefficients of 0.
      const beyond = starts.flatMap((start, x) => joined(found, x).slice(inputSize - start))
      expect(beyond.every((coefficient) => coefficient === 0)).toBe(true)
      expect([found.firstInput, found.endInput]).toEqual([0, inputSize])
    })

    it.each(SIZES)('are split into high and low parts: %i to %i', (inputSize, outputSize) => {
      const { high, low } = coefficients(filter, axis(inputSize, outputSize), 2)
      expect(low.every((part) => part >= 0 && part < 2048)).toBe(true)
      expect(high.every((part) => Math.abs(part) <= 3 * 2048)).toBe(true)
    })

    it('are symmetric', () => {
      const found = coefficients(filter, axis(90, 30), 2)
      for (const x of [10, 14]) {
        const own = joined(found, x).filter((coefficient) => coefficient !== 0)
        expect(own).toEqual(own.toReversed())
      }
    })

    it('are exactly one where an axis keeps its size', () => {
      const found = coefficients(filter, axis(20, 20), 8)
      expect([...found.starts]).toEqual(Array.from({ length: 20 }, (_, x) => x))
      expect(found.taps).toBe(8)
      for (let x = 0; x < 20; x++) expect(joined(found, x)).toEqual([ONE, 0, 0, 0, 0, 0, 0, 0])
    })

    it('of some of the output are those of all of it', () => {
      const all = coefficients(filter, axis(90, 31), 4)
      const some = coefficients(filter, axis(90, 31, { first: 12, count: 5 }), 4)
      for (let x = 0; x < 5; x++) {
        expect(some.starts[x]).toBe(all.starts[12 + x])
        expect(withoutZeros(joined(some, x))).toEqual(withoutZeros(joined(all, 12 + x)))
      }
      expect(some.firstInput).toBe(all.starts[12])
      expect(some.endInput).toBeLessThan(90)
    })
  })

  it.each([2, 4, 8])('have a multiple of %i taps, as few as do', (multiple) => {
    for (const [inputSize, outputSize] of SIZES.slice(0, 7)) {
      const { taps } = coefficients('lanczos', axis(inputSize, outputSize), multiple)
      const { taps: needed } = coefficients('lanczos', axis(inputSize, outputSize), 1)
      expect(taps % multiple).toBe(0)
      expect(taps - needed).toBeGreaterThanOrEqual(0)
      expect(taps - needed).toBeLessThan(multiple)
    }
  })

  it.each([
    // Half of each of two pixels.
    ['box', 4, 2, 0, 0, [ONE / 2, ONE / 2]],
    // Triangles over 1.5 pixels each way: 1/6, 1/2, 1/2, 1/6 of 4/3, cut off at the edge.
    ['bilinear', 4, 2, 0, 0, [1797559, 1797559, 599186]],
    ['bilinear', 4, 2, 1, 1, [599186, 1797559, 1797559]],
    // Enlarged twice, a quarter of a pixel beside each centre: 3/4 and 1/4.
    ['bilinear', 4, 8, 3, 1, [(ONE * 3) / 4, ONE / 4]],
    ['bilinear', 4, 8, 4, 1, [ONE / 4, (ONE * 3) / 4]],
    // At distances of 1.25, 0.25, 0.75 and 1.75 of Keys' cubic with a = -1/2, in 128ths.
    ['bicubic', 4, 8, 3, 0, [-9, 111, 29, -3].map((part) => (part * ONE) / 128)],
  ] as const)(
    'of %s, %i to %i, at %i are from %i on %j',
    (filter, from, to, x, start, expected) => {
      const found = coefficients(filter, axis(from, to), 1)
      expect(found.starts[x]).toBe(start)
      expect(withoutZeros(joined(found, x))).toEqual(expected)
    },
  )

  it('are the nearest integers to the weights, below zero as above it', () => {
    const found = coefficients('lanczos', axis(90, 31), 1)
    const scale = 90 / 31
    for (let x = 0; x < 31; x++) {
      const start = found.starts[x] ?? Number.NaN
      const whole = joined(found, x).slice(0, 90 - start)
      const distances = whole.map((_, i) => (start + i + 0.5 - (x + 0.5) * scale) / scale)
      const weights = distances.map((distance) => FORMULAS.lanczos.weight(distance))
      const sum = weights.reduce((total, weight) => total + weight, 0)
      for (const [i, weight] of weights.entries()) {
        expect(Math.abs((weight / sum) * ONE - (whole[i] ?? Number.NaN))).toBeLessThan(0.5 + 1e-6)
      }
    }
  })

  it('are of a part of the input, taken in single precision', () => {
    const exact = coefficients('bilinear', axis(100, 10, { from: 20.1, to: 50.7 }), 1)
    const single = { from: Math.fround(20.1), to: Math.fround(50.7) }
    expect(exact).toEqual(coefficients('bilinear', axis(100, 10, single), 1))
    const scale = (50.7 - 20.1) / 10
    for (let x = 0; x < 10; x++) {
      const taps = joined(exact, x)
      const weighted = taps.reduce((sum, k, i) => sum + k * ((exact.starts[x] ?? 0) + i + 0.5), 0)
      // The middle of what is taken together lies where the middle of the output pixel does.
      expect(weighted / ONE).toBeCloseTo(20.1 + (x + 0.5) * scale, 1)
    }
    expect([exact.firstInput, exact.endInput]).toEqual([19, 52])
  })

  it('are resampled where the size is kept of a part only', () => {
    const found = coefficients('bilinear', axis(20, 10, { from: 0.5, to: 10.5 }), 1)
    expect(joined(found, 3)).toEqual([ONE / 2, ONE / 2])
    for (const part of [{ from: 1 }, { to: 19 }]) {
      const { high } = coefficients('bilinear', axis(20, 20, part), 1)
      expect([...high].some((each) => each !== 0 && each !== ONE / 2048)).toBe(true)
    }
  })
})

function withoutZeros(numbers: number[]): number[] {
  return numbers.filter((number) => number !== 0)
}
