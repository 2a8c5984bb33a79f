/** Pictures for the tests: those of the fixtures, and those made in code from a seed. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Size } from '../contract/options.ts'
import { fromPixels } from './decode.ts'
import type { Pixels } from './pixels.ts'

export type Colour = readonly [red: number, green: number, blue: number]

const COLOURS = {
  red: [210, 40, 40],
  green: [40, 160, 60],
  blue: [40, 60, 200],
  yellow: [240, 210, 60],
  black: [0, 0, 0],
  white: [255, 255, 255],
} as const satisfies Record<string, Colour>

type ColourName = keyof typeof COLOURS

/** The corners of a fixture that is shown upright: left to right, then top to bottom. */
export const UPRIGHT: readonly ColourName[] = ['red', 'green', 'blue', 'yellow']

/** The bytes of a fixture. */
export function fixture(name: string): Buffer {
  return readFileSync(join(import.meta.dirname, 'fixtures', name))
}

/** The 32x24 picture of most fixtures: four flat parts that no turning maps onto each other. */
export function quarters(): Pixels {
  return painted({ width: 32, height: 24 }, (x, y) => {
    const name = UPRIGHT[(y < 8 ? 0 : 2) + (x < 16 ? 0 : 1)] ?? 'black'
    return COLOURS[name]
  })
}

/** A picture of one colour. */
export function flat(size: Size, name: ColourName): Pixels {
  return painted(size, () => COLOURS[name])
}

/** Vertical stripes of equal width. */
export function stripes(size: Size, names: readonly ColourName[]): Pixels {
  return painted(size, (x) => {
    const name = names[Math.floor((x * names.length) / size.width)] ?? 'black'
    return COLOURS[name]
  })
}

/** Gradients, waves of several lengths, hard edges and some grain: as hard to resize as a photo. */
export function textured(size: Size, seed: number): Pixels {
  const random = randomNumbers(seed)
  const waves = Array.from({ length: 6 }, () => ({
    alongX: (random() - 0.5) * 0.8,
    alongY: (random() - 0.5) * 0.8,
    phase: random() * 6,
    weights: [random() * 28, random() * 28, random() * 28] as const,
  }))
  const discs = Array.from({ length: 8 }, () => ({
    x: random() * size.width,
    y: random() * size.height,
    radius: (0.03 + random() * 0.12) * size.width,
    colour: [random() * 255, random() * 255, random() * 255] as const,
  }))
  return painted(size, (x, y) => {
    const disc = discs.find((each) => Math.hypot(x - each.x, y - each.y) < each.radius)
    const [red, green, blue] = disc?.colour ?? [
      60 + (140 * x) / size.width,
      200 - (120 * y) / size.height,
      90 + (80 * (x + y)) / (size.width + size.height),
    ]
    let [r, g, b] = [red, green, blue]
    for (const { alongX, alongY, phase, weights } of waves) {
      const wave = Math.sin(x * alongX + y * alongY + phase)
      r += wave * weights[0]
      g += wave * weights[1]
      b += wave * weights[2]
    }
    const grain = (random() - 0.5) * 12
    return [r + grain, g + grain, b + grain]
  })
}

/** Levels at random: whatever a filter does at an edge, it does everywhere. */
export function noise(size: Size, seed: number): Pixels {
  const random = randomNumbers(seed)
  const data = new Uint8Array(size.width * size.height * 3)
  for (let at = 0; at < data.length; at++) data[at] = random() * 256
  return { data, ...size, channels: 3 }
}

/** The same pixels as a lossless file. */
export function asPng(pixels: Pixels): Promise<Buffer> {
  return fromPixels(pixels).png().toBuffer()
}

/** The channels of one pixel. */
export function colourAt({ data, width, channels }: Pixels, x: number, y: number): number[] {
  const at = (y * width + x) * channels
  return [...data.subarray(at, at + channels)]
}

/** The channels of the four corner pixels: left to right, then top to bottom. */
export function cornersOf(pixels: Pixels): number[][] {
  const [right, bottom] = [pixels.width - 1, pixels.height - 1]
  return [
    colourAt(pixels, 0, 0),
    colourAt(pixels, right, 0),
    colourAt(pixels, 0, bottom),
    colourAt(pixels, right, bottom),
  ]
}

/** The corners by name; one that is none of the named colours is shown as its channels. */
export function cornerNames(pixels: Pixels, tolerance = 4): string[] {
  return cornersOf(pixels).map((colour) => nameOf(colour, tolerance))
}

/** The name of a colour whose channels are all within the tolerance; else the channels. */
export function nameOf(colour: number[], tolerance = 4): string {
  const names = Object.keys(COLOURS) as ColourName[]
  const found = names.find((name) =>
    COLOURS[name].every((channel, i) => Math.abs(channel - (colour[i] ?? 999)) <= tolerance),
  )
  return found ?? colour.join(' ')
}

/** The mean absolute difference of two pictures of one size, in levels. */
export function meanDifference(a: Pixels, b: Pixels): number {
  if (a.width !== b.width || a.height !== b.height || a.channels !== b.channels) return Infinity
  const sum = a.data.reduce((total, value, at) => total + Math.abs(value - (b.data[at] ?? 0)), 0)
  return sum / a.data.length
}

/** How many levels of two pictures differ; Infinity when not even their size is the same. */
export function pixelDifferences(a: Pixels, b: Pixels): number {
  if (a.width !== b.width || a.height !== b.height || a.channels !== b.channels) return Infinity
  return a.data.reduce((count, level, at) => count + (level === b.data[at] ? 0 : 1), 0)
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function painted(
  { width, height }: Size,
  colourOf: (x: number, y: number) => readonly number[],
): Pixels {
  const data = new Uint8ClampedArray(width * height * 3)
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 3) data.set(colourOf(x, y), at)
  }
  return { data: new Uint8Array(data.buffer), width, height, channels: 3 }
}
