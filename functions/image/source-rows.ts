import type { Pixels } from './pixels.ts'
import type { KernelMemory } from './wasm-kernels.ts'

/** Columns of a source, in pixels. */
export type Columns = { first: number; count: number }

/** Brings `count` rows of the source, from `row` on, to an address: one below the other, without gaps. */
export type ReadRows = (row: number, count: number, to: number) => void

/**
 * Reads rows of an RGB source into the memory of the kernels, at most `maxRows` at a time: the columns
 * that are needed, as RGB or as one channel of luma.
 */
export function createReadRows(
  source: Pixels,
  columns: Columns,
  channels: 1 | 3,
  maxRows: number,
  { kernels, reserve, bytes }: KernelMemory,
): ReadRows {
  const rgb = channels === 1 ? reserve(maxRows * columns.count * 3) : undefined
  const copy = (row: number, count: number, to: number) => {
    const target = bytes()
    const stride = source.width * 3
    const rowBytes = columns.count * 3
    const from = row * stride + columns.first * 3
    if (rowBytes === stride) {
      target.set(source.data.subarray(from, from + count * stride), to)
      return
    }
    for (let i = 0; i < count; i++) {
      const start = from + i * stride
      target.set(source.data.subarray(start, start + rowBytes), to + i * rowBytes)
    }
  }
  if (rgb === undefined) return copy
  return (row, count, to) => {
    copy(row, count, rgb)
    kernels.luma(rgb, to, count * columns.count)
  }
}
