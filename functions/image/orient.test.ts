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
    const scale = { width: 16, height: 12 }
    const pixels = await pixelsOf(fixture(`orientation-${orientation}.jpg`), { scale })
    expect(pixels).toMatchObject(scale)
    expect(cornerNames(pixels, 12)).toEqual(UPRIGHT)
  })

  it.each(['fill', 'contain', 'cover', 'inside'] as const)(
    'gives with fit=%s what the upright picture gives',
    async (fit) => {
      const options = { fit, scale: { width: 20, height: 9 } }
      const turned = await pixelsOf(fixture('orientation-6.png'), options)
      const upright = await pixelsOf(fixture('palette.png'), options)
      // The two axes take turns in libvips, which moves a level here and there.
      expect(meanDifference(turned, upright)).toBeLessThan(0.5)
    },
  )

  it.each([
    [3, 180],
    [6, 270],
    [8, 90],
  ])(
    'makes no difference for an enlarged picture stored at orientation %i',
    async (orientation, turn) => {
      const upright = await asPng(textured({ width: 90, height: 61 }, 7))
      const stored = await sharp(upright)
        .rotate(turn)
        .withMetadata({ orientation })
        .png()
        .toBuffer()
      const scale = { width: 200, height: 150 }
      expect(await pixelsOf(stored, { scale })).toEqual(await pixelsOf(upright, { scale }))
    },
  )

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
