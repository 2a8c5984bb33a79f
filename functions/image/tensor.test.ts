import { describe, expect, it } from 'vitest'
import type { Pixels } from './pixels.ts'
import { type Tensor, type TensorOptions, toTensor } from './tensor.ts'
import { noise } from './test-picture.ts'

const RGB: Pixels = {
  // Two rows of three pixels.
  data: Uint8Array.from([
    1, 2, 3, 11, 12, 13, 21, 22, 23, 101, 102, 103, 111, 112, 113, 121, 122, 123,
  ]),
  width: 3,
  height: 2,
  channels: 3,
}
const GRAY: Pixels = {
  data: Uint8Array.from([0, 51, 102, 153, 204, 255]),
  width: 3,
  height: 2,
  channels: 1,
}

const PLAIN: TensorOptions = { dtype: 'uint8', layout: 'hwc', mean: [0], std: [1] }

function tensor(pixels: Pixels, options: Partial<TensorOptions> = {}): Tensor {
  return toTensor(pixels, { ...PLAIN, ...options })
}

function float32s({ bytes }: Tensor): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true))
}

function float16s({ bytes }: Tensor): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: bytes.length / 2 }, (_, i) => view.getFloat16(2 * i, true))
}

/** Every level once. */
const LEVELS: Pixels = {
  data: Uint8Array.from({ length: 256 }, (_, level) => level),
  width: 16,
  height: 16,
  channels: 1,
}

describe('toTensor()', () => {
  it.each([
    ['RGB in hwc', RGB, 'hwc', [2, 3, 3]],
    ['RGB in chw', RGB, 'chw', [3, 2, 3]],
    ['gray in hwc', GRAY, 'hwc', [2, 3]],
    ['gray in chw', GRAY, 'chw', [1, 2, 3]],
  ] as const)('gives %s its shape, whatever the type', (_what, pixels, layout, shape) => {
    for (const [dtype, bytes] of [
      ['uint8', 1],
      ['float16', 2],
      ['float32', 4],
    ] as const) {
      const made = tensor(pixels, { dtype, layout })
      expect(made.shape).toEqual(shape)
      expect(made.bytes).toHaveLength(pixels.data.length * bytes)
    }
  })

  it('keeps the levels of uint8', () => {
    expect([...tensor(RGB).bytes]).toEqual([...RGB.data])
    expect([...tensor(GRAY).bytes]).toEqual([...GRAY.data])
    expect([...tensor(GRAY, { layout: 'chw' }).bytes]).toEqual([...GRAY.data])
  })

  it('lays red, green and blue one after another in chw', () => {
    const planes = [
      [1, 11, 21, 101, 111, 121],
      [2, 12, 22, 102, 112, 122],
      [3, 13, 23, 103, 113, 123],
    ].flat()
    expect([...tensor(RGB, { layout: 'chw' }).bytes]).toEqual(planes)
    const floats = float32s(tensor(RGB, { layout: 'chw', dtype: 'float32' }))
    expect(floats).toEqual(planes.map((level) => Math.fround(level / 255)))
  })

  it('makes of levels 0 to 255 floats from 0 to 1, in single precision', () => {
    const floats = float32s(tensor(LEVELS, { dtype: 'float32' }))
    expect(floats).toEqual([...LEVELS.data].map((level) => Math.fround(level / 255)))
    expect([floats[0], floats[255]]).toEqual([0, 1])
  })

  it('subtracts the mean and divides by the deviation, each rounded to single precision', () => {
    const [mean, std] = [0.485, 0.229]
    const floats = float32s(tensor(LEVELS, { dtype: 'float32', mean: [mean], std: [std] }))
    const expected = [...LEVELS.data].map((level) => {
      const scaled = Math.fround(level / 255)
      const centred = Math.fround(scaled - Math.fround(mean))
      return Math.fround(centred / Math.fround(std))
    })
    expect(floats).toEqual(expected)
    // As torchvision has them: Normalize([0.485], [0.229]) of ToTensor, in float32.
    expect(floats[0]).toBe(Math.fround(-2.117904))
    expect(floats[255]).toBe(Math.fround(2.2489083))
  })

  it('rounds the single precision to half for float16', () => {
    const options = { mean: [0.485], std: [0.229] }
    const single = float32s(tensor(LEVELS, { ...options, dtype: 'float32' }))
    const half = float16s(tensor(LEVELS, { ...options, dtype: 'float16' }))
    expect(half).toEqual(single.map(Math.f16round))
    expect(half).not.toEqual(single)
  })

  it('takes one number for all channels or one for each', () => {
    const mean = [0.1, 0.2, 0.3]
    const std = [0.5, 0.25, 0.125]
    const each = float32s(tensor(RGB, { dtype: 'float32', mean, std }))
    const means = float32s(tensor(RGB, { dtype: 'float32', mean, std: [0.25] }))
    const deviations = float32s(tensor(RGB, { dtype: 'float32', mean: [0.2], std }))
    for (const [at, level] of RGB.data.entries()) {
      const [channel, scaled] = [at % 3, level / 255]
      const [channelMean = 0, channelStd = 0] = [mean[channel], std[channel]]
      expect(each[at]).toBeCloseTo((scaled - channelMean) / channelStd, 5)
      expect(means[at]).toBeCloseTo((scaled - channelMean) / 0.25, 5)
      expect(deviations[at]).toBeCloseTo((scaled - 0.2) / channelStd, 5)
    }
  })

  it('keeps the numbers of each channel with it in chw', () => {
    const options = { dtype: 'float32', mean: [0.1, 0.2, 0.3], std: [0.5, 0.25, 0.125] } as const
    const picture = noise({ width: 7, height: 5 }, 1)
    const numbers = { ...options, mean: [...options.mean], std: [...options.std] }
    const interleaved = float32s(tensor(picture, numbers))
    const planar = float32s(tensor(picture, { ...numbers, layout: 'chw' }))
    const expected = [0, 1, 2].flatMap((channel) =>
      interleaved.filter((_, at) => at % 3 === channel),
    )
    expect(planar).toEqual(expected)
  })

  it('reads pixels that start within a larger buffer', () => {
    const around = Buffer.from([9, 9, 9, ...GRAY.data, 9, 9])
    const within = { ...GRAY, data: around.subarray(3, 9) }
    const floats = float32s(tensor(within, { dtype: 'float32' }))
    expect(floats).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1].map(Math.fround))
    expect([...tensor(within).bytes]).toEqual([...GRAY.data])
  })

  it('is little-endian', () => {
    const white = { data: Uint8Array.from([255]), width: 1, height: 1, channels: 1 } as const
    expect([...tensor(white, { dtype: 'float32' }).bytes]).toEqual([0, 0, 0x80, 0x3f])
    expect([...tensor(white, { dtype: 'float16' }).bytes]).toEqual([0, 0x3c])
  })
})
