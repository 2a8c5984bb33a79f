import type { ResolvedOptions } from '../contract/options.ts'
import { type Coefficients, coefficients, type ResamplingFilter } from './coefficients.ts'
import type { Placement } from './geometry.ts'
import { createPassAcross, ROWS_ACROSS, TAPS_ACROSS } from './pass-across.ts'
import { createPassDown, TAPS_DOWN } from './pass-down.ts'
import { isDownFirst } from './pass-order.ts'
import type { Pixels } from './pixels.ts'
import { createReadRows } from './source-rows.ts'
import { type KernelMemory, startKernels } from './wasm-kernels.ts'

/** A strip of the source is worked on while it is in the cache of a core. */
const STRIP_BYTES = 128 * 1024

/**
 * Resizes RGB as Pillow does, to the last bit: two passes of integer arithmetic, each rounded to whole
 * levels, in the order of the given Pillow. For one channel the luma is taken first, as in
 * `convert('L').resize(…)`.
 *
 * The source is read once, strip by strip, and of what the first pass makes only the rows are kept that
 * the next row of the result needs. The window lies within the resized picture.
 */
export function resample(
  source: Pixels,
  { box, size, window }: Placement,
  { filter, pillow }: { filter: ResamplingFilter; pillow: ResolvedOptions['pillow'] },
  channels: 1 | 3,
): Pixels {
  const across = coefficients(
    filter,
    {
      inputSize: source.width,
      from: box.left,
      to: box.right,
      outputSize: size.width,
      first: window.left,
      count: window.width,
    },
    TAPS_ACROSS[channels],
  )
  const down = coefficients(
    filter,
    {
      inputSize: source.height,
      from: box.top,
      to: box.bottom,
      outputSize: size.height,
      first: window.top,
      count: window.height,
    },
    TAPS_DOWN,
  )
  const run = isDownFirst(source, size, pillow) ? downThenAcross : acrossThenDown
  const data = run(source, across, down, channels, startKernels())
  return { data, width: window.width, height: window.height, channels }
}

function acrossThenDown(
  source: Pixels,
  across: Coefficients,
  down: Coefficients,
  channels: 1 | 3,
  memory: KernelMemory,
): Uint8Array {
  const columns = { first: across.firstInput, count: across.endInput - across.firstInput }
  const [width, height] = [across.starts.length, down.starts.length]
  const stripRows = rowsInStrip(Math.max(columns.count, width), down)
  const strip = memory.reserve(bytesAcross(across, stripRows + ROWS_ACROSS, channels))
  const row = memory.reserve(width * channels)

  const readRows = createReadRows(source, columns, channels, stripRows, memory)
  const passAcross = createPassAcross(across, channels, memory)
  const appendAcross = (first: number, count: number, to: number) => {
    readRows(first, count, strip)
    passAcross(strip, count, to)
  }
  const passDown = createPassDown(down, width * channels, stripRows, appendAcross, memory)

  const result = new Uint8Array(width * height * channels)
  const bytes = memory.bytes()
  for (let y = 0; y < height; y++) {
    passDown(y, row)
    result.set(bytes.subarray(row, row + width * channels), y * width * channels)
  }
  return result
}

function downThenAcross(
  source: Pixels,
  across: Coefficients,
  down: Coefficients,
  channels: 1 | 3,
  memory: KernelMemory,
): Uint8Array {
  const columns = { first: across.firstInput, count: across.endInput - across.firstInput }
  const [width, height] = [across.starts.length, down.starts.length]
  const stripRows = rowsInStrip(columns.count, down)
  const stride = columns.count * channels
  const shortened = memory.reserve(bytesAcross(across, ROWS_ACROSS, channels))
  const rows = memory.reserve(ROWS_ACROSS * width * channels)

  const readRows = createReadRows(source, columns, channels, stripRows, memory)
  const passDown = createPassDown(down, stride, stripRows, readRows, memory)
  const passAcross = createPassAcross(across, channels, memory)

  const result = new Uint8Array(width * height * channels)
  const bytes = memory.bytes()
  for (let y = 0; y < height; y += ROWS_ACROSS) {
    const count = Math.min(ROWS_ACROSS, height - y)
    for (let i = 0; i < count; i++) passDown(y + i, shortened + i * stride)
    passAcross(shortened, count, rows)
    result.set(bytes.subarray(rows, rows + count * width * channels), y * width * channels)
  }
  return result
}

/** Rows that the pass across reads: where its windows are short, their last taps lie beyond the end. */
function bytesAcross({ firstInput, endInput, taps }: Coefficients, rows: number, channels: number) {
  return (rows * (endInput - firstInput) + taps) * channels
}

/** As many rows as fit and are there, in whole groups. */
function rowsInStrip(columns: number, { firstInput, endInput }: Coefficients): number {
  const fitting = Math.floor(STRIP_BYTES / (columns * 3 * ROWS_ACROSS))
  const there = Math.ceil((endInput - firstInput) / ROWS_ACROSS)
  return ROWS_ACROSS * Math.max(1, Math.min(fitting, there))
}
