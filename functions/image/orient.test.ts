import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import {
  asPng,
  cornerNames,
  fixture,
  meanDifference,
  quarters,
  textured,
  UPRIGHT,
} from './test-picture.ts'
import { pixelsOf } from './test-process.ts'

const [R, G, B, Y] = ['red', 'green', 'blue', 'yellow']

const MODES = ['exact', 'fast'] as const
const FITS = ['fill', 'contain', 'cover', 'inside', 'short-side'] as const

/** How the corners are stored for each EXIF orientation, so that the picture is seen upright. */
const STORED = [
  [1, [R, G, B, Y]],
  [2, [G, R, Y, B]],
  [3, [Y, B, G, R]],
  [4, [B, Y, R, G]],
  [5, [R, B, G, Y]],
  [6, [G, Y, R, B]],
  [7, [Y, G, B, R]],
  [8, [B, R, Y, G]],
] as const

describe('orient()', () => {
  it.each(STORED)('shows orientation %i upright when applied', async (orientation) => {
    const pixels = await pixelsOf(fixture(`orientation-${orientation}.jpg`))
    expect(pixels).toMatchObject({ width: 32, height: 24 })
    expect(cornerNames(pixels)).toEqual(UPRIGHT)
  })

  it.each(STORED)(
    'leaves orientation %i as it is stored when ignored: %j',
    async (value, corners) => {
      const pixels = await pixelsOf(fixture(`orientation-${value}.jpg`), { orient: 'ignore' })
      const [width, height] = value >= 5 ? [24, 32] : [32, 24]
      expect(pixels).toMatchObject({ width, height })
      expect(cornerNames(pixels)).toEqual(corners)
    },
  )

  it.each(STORED)('turns orientation %i before it resizes', async (orientation) => {
    const source = fixture(`orientation-${orientation}.jpg`)
    for (const mode of MODES) {
      const scale = { width: 16, height: 12 }
      const pixels = await pixelsOf(source, { mode, scale })
      expect(pixels).toMatchObject(scale)
      expect(cornerNames(pixels, 12)).toEqual(UPRIGHT)
    }
  })

  it.each(FITS)('gives with fit=%s what the upright picture gives', async (fit) => {
    const scale = { width: 9, height: fit === 'short-side' ? 9 : 20 }
    for (const crop of ['none', { width: 7, height: 7 }, { width: 12, height: 5 }] as const) {
      const options = { fit, scale, crop }
      const turned = await pixelsOf(fixture('orientation-6.png'), options)
      expect(turned).toEqual(await pixelsOf(fixture('palette.png'), options))

      const fast = { ...options, mode: 'fast' } as const
      const turnedFast = await pixelsOf(fixture('orientation-6.png'), fast)
      const uprightFast = await pixelsOf(fixture('palette.png'), fast)
      // The two axes take turns in libvips, which moves a level here and there.
      expect(meanDifference(turnedFast, uprightFast)).toBeLessThan(0.5)
    }
  })

  it.each([
    [3, 180],
    [6, 270],
    [8, 90],
  ])('makes no difference for a picture stored at orientation %i', async (orientation, turn) => {
    const upright = await asPng(textured({ width: 90, height: 61 }, 7))
    const stored = await sharp(upright).rotate(turn).withMetadata({ orientation }).png().toBuffer()
    for (const scale of [
      { width: 200, height: 150 },
      { width: 40, height: 55 },
    ]) {
      expect(await pixelsOf(stored, { scale })).toEqual(await pixelsOf(upright, { scale }))
    }
  })

  it.each(['orientation-6.png', 'orientation-6.webp', 'orientation-6.tif'])(
    'applies or ignores the orientation of %s',
    async (name) => {
      expect(await pixelsOf(fixture(name))).toEqual(quarters())
      const stored = await pixelsOf(fixture(name), { orient: 'ignore' })
      expect(stored).toMatchObject({ width: 24, height: 32 })
      expect(cornerNames(stored)).toEqual([G, Y, R, B])
    },
  )

  it.each(['apply', 'ignore'] as const)('turns an AVIF once, by its box: %s', async (orient) => {
    expect(await pixelsOf(fixture('rotated.avif'), { orient })).toEqual(quarters())
    expect(await pixelsOf(fixture('rotated-twice-told.avif'), { orient })).toEqual(quarters())
  })
})
