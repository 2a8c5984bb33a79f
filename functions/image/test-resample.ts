/**
 * Resampling in the plainest way, as an independent judge of the kernels: straight from a description
 * of what Pillow does, a number at a time.
 */
import type { ResolvedOptions } from '../contract/options.ts'
import type { Placement } from './geometry.ts'
import type { Pixels } from './pixels.ts'

type Filter = Exclude<ResolvedOptions['filter'], 'nearest'>

/** One channel: rows of levels. */
type Plane = number[][]

type Part = { from: number; to: number; count: number }

const FILTERS: Record<Filter, { support: number; at: (x: number) => number }> = {
  lanczos: { support: 3, at: (x) => (x < -3 || x >= 3 ? 0 : sinc(x) * sinc(x / 3)) },
  bicubic: { support: 2, at: (x) => keys(Math.abs(x)) },
  bilinear: { support: 1, at: (x) => (Math.abs(x) < 1 ? 1 - Math.abs(x) : 0) },
  hamming: { support: 1, at: (x) => (Math.abs(x) < 1 ? sinc(x) * raisedCosine(x) : 0) },
  box: { support: 0.5, at: (x) => (x <= -0.5 || x > 0.5 ? 0 : 1) },
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI)
}

/** 0.54 and 0.46 as a C compiler reads 0.54f and 0.46f; the middle is taken to be 1. */
function raisedCosine(x: number): number {
  if (x === 0) return 1
  return 0.5400000214576721 + 0.46000000834465027 * Math.cos(x * Math.PI)
}

/** (a + 2) |x|^3 - (a + 3) |x|^2 + 1 and a |x|^3 - 5a |x|^2 + 8a |x| - 4a with a = -1/2. */
function keys(x: number): number {
  if (x >= 2) return 0
  return x < 1 ? 1.5 * x ** 3 - 2.5 * x ** 2 + 1 : -0.5 * x ** 3 + 2.5 * x ** 2 - 4 * x + 2
}

/** What a source becomes, by the same parameters as `resample()`. */
export function plainResample(
  source: Pixels,
  { box, size, window }: Placement,
  { filter, pillow }: { filter: Filter; pillow: ResolvedOptions['pillow'] },
  channels: 1 | 3,
): Pixels {
  const planes = channels === 3 ? [0, 1, 2].map((c) => planeOf(source, c)) : [lumaOf(source)]
  const part = { from: box.left, to: box.right, count: size.width }
  const across = (plane: Plane) => resized(plane, filter, part)
  const partDown = { from: box.top, to: box.bottom, count: size.height }
  const down = (plane: Plane) => transposed(resized(transposed(plane), filter, partDown))

  const isLower = source.height > size.height
  const downFirst = {
    '12': isLower && source.height > 100 * source.width,
    '13': isLower && source.height - size.height > 2 * (source.width - size.width),
  }[pillow]
  const results = planes.map((plane) => (downFirst ? across(down(plane)) : down(across(plane))))

  const data: number[] = []
  for (let y = window.top; y < window.top + window.height; y++) {
    for (let x = window.left; x < window.left + window.width; x++) {
      for (const plane of results) data.push(plane[y]?.[x] ?? Number.NaN)
    }
  }
  return { data: Uint8Array.from(data), width: window.width, height: window.height, channels }
}

function resized(plane: Plane, filter: Filter, part: Part): Plane {
  const length = plane[0]?.length ?? 0
  if (part.from === 0 && part.to === length && part.count === length) return plane
  const windows = windowsOf(length, filter, part)
  return plane.map((row) =>
    windows.map(({ start, coefficients }) => {
      const sum = coefficients.reduce((sum, k, i) => sum + k * (row[start + i] ?? Number.NaN), 0)
      return Math.min(255, Math.max(0, Math.floor((sum + 2 ** 21) / 2 ** 22)))
    }),
  )
}

function windowsOf(length: number, filter: Filter, part: Part) {
  const { support, at } = FILTERS[filter]
  const [from, to] = [Math.fround(part.from), Math.fround(part.to)]
  const scale = Math.fround(to - from) / part.count
  const filterScale = Math.max(1, scale)
  return Array.from({ length: part.count }, (_, x) => {
    const centre = from + (x + 0.5) * scale
    const start = Math.max(0, Math.trunc(centre - support * filterScale + 0.5))
    const end = Math.min(length, Math.trunc(centre + support * filterScale + 0.5))
    const weights: number[] = []
    for (let i = start; i < end; i++) weights.push(at((i - centre + 0.5) * (1 / filterScale)))
    const sum = weights.reduce((sum, weight) => sum + weight, 0)
    const coefficients = weights.map((weight) => {
      const exact = (weight / sum) * 2 ** 22
      return Math.sign(exact) * Math.floor(Math.abs(exact) + 0.5)
    })
    return { start, coefficients }
  })
}

function planeOf({ data, width, height }: Pixels, channel: number): Plane {
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => data[(y * width + x) * 3 + channel] ?? Number.NaN),
  )
}

function lumaOf(source: Pixels): Plane {
  const [red, green, blue] = [0, 1, 2].map((channel) => planeOf(source, channel))
  return Array.from({ length: source.height }, (_, y) =>
    Array.from({ length: source.width }, (_, x) => {
      const [r = 0, g = 0, b = 0] = [red?.[y]?.[x], green?.[y]?.[x], blue?.[y]?.[x]]
      return Math.floor((19595 * r + 38470 * g + 7471 * b + 32768) / 65536)
    }),
  )
}

function transposed(plane: Plane): Plane {
  const first = plane[0] ?? []
  return first.map((_, x) => plane.map((row) => row[x] ?? Number.NaN))
}
