import type { Placement } from './geometry.ts'
import type { Pixels } from './pixels.ts'

/**
 * Picks for each pixel of the window the nearest one of the source, as Pillow's `resize(…, NEAREST)`
 * does: the positions are added up step by step in double precision, which is not the same as
 * multiplying.
 */
export function nearest(source: Pixels, { box, size, window }: Placement): Pixels {
  const across = { from: box.left, to: box.right, count: size.width }
  const down = { from: box.top, to: box.bottom, count: size.height }
  const columns = positions(across, window.left, window.width)
  const rows = positions(down, window.top, window.height)
  const { channels } = source
  const { width, height } = window
  // A plain view: indexing a Buffer is slower.
  const from = new Uint8Array(source.data.buffer, source.data.byteOffset, source.data.byteLength)
  const to = new Uint8Array(width * height * channels)
  let at = 0
  for (let y = 0; y < height; y++) {
    const row = (rows[y] ?? 0) * source.width
    for (let x = 0; x < width; x++) {
      const pixel = (row + (columns[x] ?? 0)) * channels
      for (let channel = 0; channel < channels; channel++) to[at++] = from[pixel + channel] ?? 0
    }
  }
  return { data: to, width, height, channels }
}

/** A part of the source along one axis, in single precision as Pillow holds it, and its pixels. */
type Part = { from: number; to: number; count: number }

/** The whole positions in the source of `length` pixels, of which the first is the one given. */
function positions({ from, to, count }: Part, first: number, length: number): Uint32Array {
  const start = Math.fround(from)
  const step = Math.fround(Math.fround(to) - start) / count
  const found = new Uint32Array(length)
  let position = start + step * 0.5
  for (let i = 0; i < first + length; i++) {
    if (i >= first) found[i - first] = Math.trunc(position)
    position += step
  }
  return found
}
