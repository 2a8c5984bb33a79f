import { describe, expect, it } from 'vitest'
import type { Size } from '../contract/options.ts'
import type { Box, Placement, Window } from './geometry.ts'
import type { Pixels } from './pixels.ts'
import { resample } from './resample.ts'
import { noise, randomNumbers } from './test-picture.ts'
import { plainResample } from './test-resample.ts'

const FILTERS = ['lanczos', 'bicubic', 'bilinear', 'hamming', 'box'] as const
const PILLOWS = ['12', '13'] as const
const CHANNELS = [1, 3] as const

/** One of each option, all of which differ from those before. */
const JOBS = [
  { filter: 'lanczos', pillow: '12', channels: 1 },
  { filter: 'bicubic', pillow: '13', channels: 3 },
  { filter: 'box', pillow: '13', channels: 1 },
  { filter: 'hamming', pillow: '12', channels: 3 },
] as const

type Job = {
  filter: (typeof FILTERS)[number]
  pillow: (typeof PILLOWS)[number]
  channels: 1 | 3
}

/** Which levels differ from those of the plain way, as a few sentences. */
function differences(source: Pixels, where: Placement, { channels, ...options }: Job): string[] {
  const { data, ...rest } = resample(source, where, options, channels)
  const { width, height } = where.window
  expect(rest).toEqual({ width, height, channels })
  const expected = plainResample(source, where, options, channels)
  expect(data).toHaveLength(expected.data.length)
  const found: string[] = []
  for (const [at, level] of data.entries()) {
    if (level !== expected.data[at]) found.push(`${at}: ${level} and not ${expected.data[at]}`)
  }
  return found.slice(0, 5)
}

// The plain way takes up to a second, and longer where a core is shared.
describe('resample()', { timeout: 30_000 }, () => {
  describe.each(FILTERS)('with %s', (filter) => {
    it.each([
      ['60x45', '20x15', 'shrunk'],
      ['20x15', '60x45', 'enlarged'],
      ['60x15', '20x45', 'shrunk across, enlarged down'],
      ['15x60', '45x20', 'enlarged across, shrunk down'],
      ['60x45', '60x20', 'as wide as before'],
      ['60x45', '20x45', 'as high as before'],
      ['60x45', '59x44', 'hardly shrunk'],
    ])('makes of %s to %s what the plain way makes: %s', (from, to) => {
      for (const pillow of PILLOWS) {
        for (const channels of CHANNELS) {
          const job = { filter, pillow, channels }
          expect(differences(noise(size(from), 1), whole(from, to), job), titleOf(job)).toEqual([])
        }
      }
    })

    it('makes the same of black and white, where levels are cut off', () => {
      const { data, ...rest } = noise({ width: 40, height: 50 }, 2)
      const source = { ...rest, data: data.map((level) => (level < 128 ? 0 : 255)) }
      for (const to of ['33x41', '9x120']) {
        const job = { filter, pillow: '13', channels: 3 } as const
        expect(differences(source, whole('40x50', to), job)).toEqual([])
      }
    })
  })

  it.each([
    ['1x1', '1x1'],
    ['1x1', '7x5'],
    ['1x1', '5000x1'],
    ['1x1', '1x5000'],
    ['1x40', '1x9'],
    ['1x40', '9x1'],
    ['40x1', '9x1'],
    ['40x1', '1x9'],
    ['2x3', '1x1'],
    ['65535x1', '1x1'],
    ['65535x1', '3x2'],
    ['1x65535', '1x1'],
    ['1x65535', '2x3'],
    ['4000x3', '2x3'],
    ['3x5000', '3x2'],
    ['5000x3', '3x2'],
    ['3x700', '2000x20'],
    ['700x3', '20x2000'],
    ['2x2', '65535x2'],
    ['2x2', '2x65535'],
  ])('makes the same of the extreme %s to %s', (from, to) => {
    const source = noise(size(from), 3)
    for (const job of JOBS) {
      expect(differences(source, whole(from, to), job), titleOf(job)).toEqual([])
    }
  })

  it.each([
    // Strips of 108 rows, of which the window holds a few hundred.
    ['400x1000', '150x90'],
    ['400x1000', '150x999'],
    ['400x1000', '211x1300'],
    // Strips of 4 rows.
    ['9000x60', '90x8'],
    ['9000x60', '90x100'],
    // Fewer rows than a strip or a group.
    ['300x3', '100x2'],
    ['300x5', '100x9'],
  ])('makes the same of %s to %s, strip by strip', (from, to) => {
    const source = noise(size(from), 4)
    for (const job of JOBS) {
      expect(differences(source, whole(from, to), job), titleOf(job)).toEqual([])
    }
  })

  it.each([
    ['at the first corner', [0, 0, '10x8']],
    ['in the middle', [25, 11, '30x17']],
    ['at the last corner', [60, 40, '20x20']],
    ['of one pixel', [33, 44, '1x1']],
    ['of one row', [0, 59, '80x1']],
    ['of one column', [79, 0, '1x60']],
  ] as const)('makes only the window %s', (_where, [left, top, wide]) => {
    const window = { left, top, ...size(wide) }
    for (const from of ['300x200', '30x200', '30x20']) {
      const where = { ...whole(from, '80x60'), window }
      for (const job of JOBS) {
        expect(differences(noise(size(from), 5), where, job), titleOf(job)).toEqual([])
      }
    }
  })

  it('makes a window deep in a picture that would never fit', () => {
    const window = { left: 40_000, top: 3_000_000_000, width: 6, height: 4 }
    const where = { ...whole('1x65535', '65535x4294836225'), window }
    const options = { filter: 'lanczos', pillow: '13' } as const
    const { data } = resample(noise(size('1x65535'), 6), where, options, 3)
    expect(data).toHaveLength(6 * 4 * 3)
    // Columns of a source of one are alike; the rows of the window lie within one of the source.
    expect(new Set([...data.subarray(0, 18)]).size).toBeLessThanOrEqual(3)
  })

  it.each(Array.from({ length: 40 }, (_, seed) => seed))(
    'makes the same of random sizes, boxes and windows, seed %i',
    (seed) => {
      const random = randomNumbers(7000 + seed)
      for (let i = 0; i < 4; i++) {
        const source = noise(randomSize(random), seed)
        const resized = randomSize(random)
        const where = {
          box: random() < 0.3 ? boxOf(source) : randomBox(source, random),
          size: resized,
          window: random() < 0.3 ? windowOf(resized) : randomWindow(resized, random),
        }
        const job = { filter: pick(FILTERS), pillow: pick(PILLOWS), channels: pick(CHANNELS) }
        const title = JSON.stringify({ from: [source.width, source.height], where, job })
        expect(differences(source, where, job), title).toEqual([])
      }

      function pick<Value>(values: readonly Value[]): Value {
        return values[Math.floor(random() * values.length)] as Value
      }
    },
  )

  it('reads pixels that start within a larger buffer', () => {
    const { data, ...rest } = noise({ width: 20, height: 10 }, 8)
    const around = Buffer.concat([Buffer.alloc(7, 255), data, Buffer.alloc(9, 255)])
    const source = { ...rest, data: around.subarray(7, 7 + data.length) }
    for (const job of JOBS) expect(differences(source, whole('20x10', '7x9'), job)).toEqual([])
  })

  it('leaves the source as it is', () => {
    const source = noise({ width: 50, height: 40 }, 9)
    const before = [...source.data]
    for (const { channels, ...options } of JOBS) {
      resample(source, whole('50x40', '20x20'), options, channels)
    }
    expect([...source.data]).toEqual(before)
  })

  it('keeps nothing of the image before, larger or smaller', () => {
    const sizes = ['400x300', '5x4', '401x299', '1x1', '90x400'].map(
      (from) => [noise(size(from), 10), whole(from, '33x21')] as const,
    )
    for (const [source, where] of [...sizes, ...sizes]) {
      for (const job of JOBS) expect(differences(source, where, job)).toEqual([])
    }
  })

  it('keeps a flat picture flat at every level', () => {
    for (let level = 0; level < 256; level += 5) {
      const source: Pixels = {
        data: new Uint8Array(31 * 17 * 3).fill(level),
        width: 31,
        height: 17,
        channels: 3,
      }
      for (const { channels, ...options } of JOBS) {
        const { data } = resample(source, whole('31x17', '13x40'), options, channels)
        expect([...new Set(data)]).toEqual([level])
      }
    }
  })

  it('rounds after each pass, so that the order of the passes matters', () => {
    const source = noise({ width: 60, height: 90 }, 11)
    const where = whole('60x90', '70x20')
    const options = { filter: 'lanczos' } as const
    const [twelve, thirteen] = PILLOWS.map(
      (pillow) => resample(source, where, { ...options, pillow }, 3).data,
    )
    const differing = twelve?.filter((level, at) => level !== thirteen?.[at]) ?? []
    expect(differing.length / (70 * 20 * 3)).toBeGreaterThan(0.1)
  })
})

function size(text: string): Size {
  const [width = 0, height = 0] = text.split('x').map(Number)
  return { width, height }
}

function whole(from: string, to: string): Placement {
  return { box: boxOf(size(from)), size: size(to), window: windowOf(size(to)) }
}

function boxOf({ width, height }: Size): Box {
  return { left: 0, top: 0, right: width, bottom: height }
}

function windowOf(size: Size): Window {
  return { left: 0, top: 0, ...size }
}

function randomSize(random: () => number): Size {
  // Mostly small, so that sides of one to a few pixels come up often.
  const side = () => 1 + Math.floor(random() ** 2 * 70)
  return { width: side(), height: side() }
}

function randomBox({ width, height }: Size, random: () => number): Box {
  const [left, top] = [random() * width, random() * height]
  return {
    left,
    top,
    right: left + (width - left) * random(),
    bottom: top + (height - top) * random(),
  }
}

function randomWindow({ width, height }: Size, random: () => number): Window {
  const [left, top] = [Math.floor(random() * width), Math.floor(random() * height)]
  return {
    left,
    top,
    width: 1 + Math.floor(random() * (width - left)),
    height: 1 + Math.floor(random() * (height - top)),
  }
}

function titleOf({ filter, pillow, channels }: Job): string {
  return `${filter}, pillow=${pillow}, ${channels} channels`
}
