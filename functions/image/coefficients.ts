import type { Options } from '../contract/options.ts'
import { FILTERS } from './filters.ts'

/** One axis of a resize: a part of `inputSize` pixels becomes `outputSize` pixels. */
export type Axis = {
  inputSize: number
  /** The part of the input, in pixels and parts of them. */
  from: number
  to: number
  outputSize: number
  /** The pixels of the output that are made. */
  first: number
  count: number
}

/**
 * From which input pixels an axis makes each output pixel, and with what weights: integers of which
 * 2^22 is 1, split into 2048 * high + low with 0 <= low < 2048, as the kernels take them. Each output
 * pixel has `taps` of them, the last ones 0 where its own window is shorter.
 */
export type Coefficients = {
  taps: number
  /** The first input pixel of each output pixel. */
  starts: Uint32Array
  high: Int16Array
  low: Int16Array
  /** The input pixels that are needed at all. */
  firstInput: number
  endInput: number
}

const ONE = 2 ** 22
const LOW_BITS = 11
const LOW_MASK = (1 << LOW_BITS) - 1

/** The filters that weigh; `nearest` picks. */
export type ResamplingFilter = Exclude<Options['filter'], 'nearest'>

/**
 * The coefficients of an axis as Pillow computes them; those of an axis that changes nothing are
 * exactly 1. `taps` is rounded up to a multiple of `tapsMultiple`.
 *
 * Per axis scale = (to - from) / outputSize, filter scale s = max(1, scale), centre = from +
 * (x + 0.5) * scale, window [trunc(centre - support * s + 0.5), trunc(centre + support * s + 0.5))
 * within the input, weights f((i - centre + 0.5) / s) over their sum.
 */
export function coefficients(
  filter: ResamplingFilter,
  axis: Axis,
  tapsMultiple: number,
): Coefficients {
  const windows = windowsOf(filter, axis)
  const longest = windows.reduce((most, { weights }) => Math.max(most, weights.length), 0)
  const taps = Math.ceil(longest / tapsMultiple) * tapsMultiple
  const high = new Int16Array(axis.count * taps)
  const low = new Int16Array(axis.count * taps)
  for (const [at, { weights }] of windows.entries()) {
    for (const [tap, weight] of weights.entries()) {
      const coefficient = roundHalfAway(weight * ONE)
      high[at * taps + tap] = coefficient >> LOW_BITS
      low[at * taps + tap] = coefficient & LOW_MASK
    }
  }
  const last = windows.at(-1)
  return {
    taps,
    starts: Uint32Array.from(windows, ({ start }) => start),
    high,
    low,
    // Windows never go back.
    firstInput: windows[0]?.start ?? 0,
    endInput: last ? last.start + last.weights.length : 0,
  }
}

type Window = { start: number; weights: number[] }

function windowsOf(filter: ResamplingFilter, axis: Axis): Window[] {
  const isUnchanged =
    axis.outputSize === axis.inputSize && axis.from === 0 && axis.to === axis.inputSize
  const at = isUnchanged ? (x: number) => ({ start: x, weights: [1] }) : windowAt(filter, axis)
  return Array.from({ length: axis.count }, (_, i) => at(axis.first + i))
}

function windowAt(filter: ResamplingFilter, axis: Axis): (x: number) => Window {
  const { support, weight } = FILTERS[filter]
  // Pillow holds the part in single precision, and its length too.
  const from = Math.fround(axis.from)
  const scale = Math.fround(Math.fround(axis.to) - from) / axis.outputSize
  const filterScale = Math.max(1, scale)
  const reach = support * filterScale
  const perPixel = 1 / filterScale
  return (x) => {
    const centre = from + (x + 0.5) * scale
    const start = Math.max(0, Math.trunc(centre - reach + 0.5))
    const end = Math.min(axis.inputSize, Math.trunc(centre + reach + 0.5))
    const weights = Array.from({ length: end - start }, (_, i) =>
      weight((i + start - centre + 0.5) * perPixel),
    )
    const sum = weights.reduce((total, each) => total + each, 0)
    return { start, weights: sum === 0 ? weights : weights.map((each) => each / sum) }
  }
}

function roundHalfAway(value: number): number {
  return Math.trunc(value < 0 ? value - 0.5 : value + 0.5)
}
