import type { Coefficients } from './coefficients.ts'
import { ROWS_ACROSS } from './pass-across.ts'
import type { ReadRows } from './source-rows.ts'
import type { KernelMemory } from './wasm-kernels.ts'

/** The kernel goes down pairs of rows. */
export const TAPS_DOWN = 2

/** Makes row `y` of the result; rows are asked for from top to bottom. */
export type PassDown = (y: number, to: number) => void

/**
 * The pass down, over rows of `stride` bytes. It keeps a window of rows that slides down the input: as
 * a row of the result needs more, strips of at most `stripRows` are appended to it.
 */
export function createPassDown(
  { taps, starts, high, low, firstInput, endInput }: Coefficients,
  stride: number,
  stripRows: number,
  append: ReadRows,
  { kernels, reserve, put, bytes }: KernelMemory,
): PassDown {
  const [highs, lows] = [put(high), put(low)]
  // Room for twice the taps, so that the rows kept are moved once in many strips; or for all there is.
  const capacity = Math.min(2 * taps + 2 * stripRows, endInput - firstInput)
  // The last rows of the result have short windows, whose last taps lie below the input.
  const below = Math.max(0, (starts.at(-1) ?? 0) + taps - endInput)
  const window = reserve((capacity + ROWS_ACROSS + below) * stride)
  let top = firstInput
  let end = firstInput
  const addressOf = (row: number) => window + (row - top) * stride

  const slideTo = (row: number) => {
    bytes().copyWithin(window, addressOf(row), addressOf(end))
    top = row
  }

  return (y, to) => {
    const start = starts[y] ?? 0
    while (end < Math.min(start + taps, endInput)) {
      const count = Math.min(stripRows, endInput - end)
      if (end + count - top > capacity) slideTo(Math.min(start, end))
      append(end, count, addressOf(end))
      end += count
    }
    const coefficient = y * taps * Int16Array.BYTES_PER_ELEMENT
    kernels.down(
      addressOf(start),
      stride,
      stride,
      taps,
      highs + coefficient,
      lows + coefficient,
      to,
    )
  }
}
