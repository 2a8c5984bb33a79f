import type { ResolvedOptions } from '../contract/options.ts'
import type { Pixels } from './pixels.ts'

/** Numbers for a model, in the order of the axes, little-endian; `shape` has the length of each axis. */
export type Tensor = { bytes: Uint8Array; shape: number[] }

export type TensorOptions = Pick<ResolvedOptions, 'dtype' | 'layout' | 'mean' | 'std'>

type Numbers = Uint8Array | Float32Array | Float16Array

const ARRAYS = { uint8: Uint8Array, float32: Float32Array, float16: Float16Array } as const

/**
 * Levels as a tensor: (H, W) for gray and (H, W, 3) in hwc, (1, H, W) and (3, H, W) in chw; the order
 * of colours is red, green, blue. uint8 keeps the levels; the floats are torchvision's ToTensor and
 * Normalize, (level / 255 - mean) / std with each step rounded to float32, and for float16 the result
 * to that.
 */
export function toTensor(pixels: Pixels, { dtype, layout, mean, std }: TensorOptions): Tensor {
  const { data, width, height, channels } = pixels
  const planar = layout === 'chw'
  const shape = planar ? [channels, height, width] : [height, width, channels]
  if (!planar && channels === 1) shape.pop()
  // Nothing to compute and nothing to move.
  if (dtype === 'uint8' && (!planar || channels === 1)) return { bytes: data, shape }

  const numbers = new ARRAYS[dtype](data.length)
  const count = width * height
  // A plain view: indexing a Buffer is slower.
  const levels = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  for (let channel = 0; channel < channels; channel++) {
    const table = dtype === 'uint8' ? SAME : normalised(at(mean, channel), at(std, channel))
    const [start, step] = planar ? [channel * count, 1] : [channel, channels]
    writeChannel(numbers, start, step, levels, channel, channels, table)
  }
  return { bytes: new Uint8Array(numbers.buffer), shape }
}

function writeChannel(
  numbers: Numbers,
  start: number,
  step: number,
  levels: Uint8Array,
  channel: number,
  channels: number,
  table: Float32Array,
): void {
  for (let from = channel, to = start; from < levels.length; from += channels, to += step) {
    numbers[to] = table[levels[from] ?? 0] ?? 0
  }
}

const SAME = Float32Array.from({ length: 256 }, (_, level) => level)

/** What each level becomes. A double rounded to single precision is the single-precision result. */
function normalised(mean: number, std: number): Float32Array {
  const [singleMean, singleStd] = [Math.fround(mean), Math.fround(std)]
  return SAME.map((level) => Math.fround(Math.fround(level / 255) - singleMean) / singleStd)
}

/** One number stands for all channels. */
function at(numbers: readonly number[], channel: number): number {
  return numbers[channel] ?? numbers[0] ?? Number.NaN
}
