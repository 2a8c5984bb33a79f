import { describe, expect, it } from 'vitest'
import { asPng, cornersOf, fixture, quarters } from './test-picture.ts'
import { pixelsOf } from './test-process.ts'

/** Alpha by corner: 0, 255, 0, 128; all corners have a colour of their own, seen or not. */
const RGBA = ['rgba.png', 'palette-transparent.png', 'lossless-alpha.webp']

const MODES = ['exact', 'fast'] as const

/** Each picture in each mode. */
const RGBA_IN_MODES = RGBA.flatMap((name) => MODES.map((mode) => [name, mode] as const))

const HALF_SIZE = { width: 16, height: 12 }
const GREEN = [40, 160, 60]

describe('makeOpaque()', () => {
  it.each(RGBA)('drops the alpha of %s and keeps the colours under it', async (name) => {
    expect(await pixelsOf(fixture(name), { alpha: 'drop' })).toEqual(quarters())
  })

  it.each(RGBA_IN_MODES)(
    'resizes %s without its alpha as an opaque picture, mode=%s',
    async (name, mode) => {
      const options = { mode, alpha: 'drop', scale: HALF_SIZE } as const
      const opaque = await pixelsOf(await asPng(quarters()), options)
      expect(await pixelsOf(fixture(name), options)).toEqual(opaque)
    },
  )

  it.each(RGBA)('lays %s on white', async (name) => {
    const pixels = await pixelsOf(fixture(name), { alpha: '#ffffff' })
    const [hidden, opaque, hiddenToo, half] = cornersOf(pixels)
    expect([hidden, opaque, hiddenToo]).toEqual([[255, 255, 255], GREEN, [255, 255, 255]])
    expectWithin(1, half, [247.5, 232.5, 157.5])
  })

  it.each(RGBA_IN_MODES)('lays %s on a colour before it resizes, mode=%s', async (name, mode) => {
    const pixels = await pixelsOf(fixture(name), { mode, alpha: '#204060', scale: HALF_SIZE })
    const [hidden, opaque, hiddenToo, half] = cornersOf(pixels)
    expectWithin(2, hidden, [0x20, 0x40, 0x60])
    expectWithin(2, opaque, GREEN)
    expectWithin(2, hiddenToo, [0x20, 0x40, 0x60])
    expectWithin(2, half, [136, 137, 78])
  })

  it('drops the alpha of a gray picture and keeps the gray under it', async () => {
    const pixels = await pixelsOf(fixture('gray-alpha.png'), { alpha: 'drop', grayscale: true })
    expect(cornersOf(pixels)).toEqual([[91], [113], [70], [202]])
  })

  it('lays a gray picture on white', async () => {
    const pixels = await pixelsOf(fixture('gray-alpha.png'), { alpha: '#ffffff', grayscale: true })
    const [hidden, opaque, hiddenToo, half] = cornersOf(pixels)
    expect([hidden, opaque, hiddenToo]).toEqual([[255], [113], [255]])
    expectWithin(1, half, [228.5])
  })

  it('lays a gray picture on a colour', async () => {
    const pixels = await pixelsOf(fixture('gray-alpha.png'), { alpha: '#204060' })
    const [hidden, opaque, hiddenToo, half] = cornersOf(pixels)
    const background = [0x20, 0x40, 0x60]
    expect([hidden, opaque, hiddenToo]).toEqual([background, [113, 113, 113], background])
    expectWithin(1, half, [117.3, 133.3, 149.2])
  })

  it.each(MODES)('leaves an opaque picture as it is, mode=%s', async (mode) => {
    const source = fixture('palette.png')
    const dropped = await pixelsOf(source, { mode, alpha: 'drop', scale: HALF_SIZE })
    expect(await pixelsOf(source, { mode, alpha: '#ff00ff', scale: HALF_SIZE })).toEqual(dropped)
  })
})

function expectWithin(tolerance: number, colour: number[] | undefined, expected: number[]): void {
  const within = expect.toSatisfy(
    (channels: number[]) =>
      channels.length === expected.length &&
      channels.every((value, i) => Math.abs(value - (expected[i] ?? 999)) <= tolerance),
    `within ${tolerance} of ${expected}`,
  )
  expect(colour).toEqual(within)
}
