import type { Coefficients } from './coefficients.ts'
import type { KernelMemory } from './wasm-kernels.ts'

/** The kernels go across so many rows at once; they write whole groups. */
export const ROWS_ACROSS = 4

/** Of how many taps the kernels take a multiple. */
export const TAPS_ACROSS = { 1: 8, 3: 4 } as const

/** Resamples `count` rows of the input along their length, and up to 3 rows more. */
export type PassAcross = (rows: number, count: number, to: number) => void

/**
 * The pass across. A row of the input begins with the first pixel that is needed, and both input and
 * result lie without gaps.
 */
export function createPassAcross(
  { taps, starts, high, low, firstInput, endInput }: Coefficients,
  channels: 1 | 3,
  { kernels, put }: KernelMemory,
): PassAcross {
  const kernel = channels === 1 ? kernels.acrossGray : kernels.acrossRgb
  const [width, stride] = [starts.length, (endInput - firstInput) * channels]
  const toStride = width * channels
  const startBytes = put(starts.map((start) => (start - firstInput) * channels))
  const [highs, lows] = [put(high), put(low)]
  return (rows, count, to) => {
    for (let row = 0; row < count; row += ROWS_ACROSS) {
      const [from, into] = [rows + row * stride, to + row * toStride]
      kernel(from, stride, width, taps, startBytes, highs, lows, into, toStride)
    }
  }
}
