import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { createDeadline } from './deadline.ts'
import { fromPixels, toPixels } from './decode.ts'
import { type Placement, placement } from './geometry.ts'
import type { Pixels } from './pixels.ts'
import { resizeFast } from './resize-fast.ts'
import { asPng, meanDifference, stripes, textured } from './test-picture.ts'
import { AS_IT_IS, pixelsOf, processed } from './test-process.ts'

const HEADER = {
  format: 'png',
  width: 90,
  height: 60,
  orientation: 1,
  hasAlpha: false,
  isCmyk: false,
  channels: 3,
  bytesPerSample: 1,
} as const
const PICTURE = textured(HEADER, 4)
const WHERE = placement(HEADER, { ...AS_IT_IS, scale: { width: 40, height: 30 }, mode: 'fast' })

/** What a placement of the picture shows. */
async function shown(where: Partial<Placement>): Promise<Pixels> {
  const image = resizeFast(fromPixels(PICTURE), HEADER, { ...WHERE, ...where }, 'lanczos')
  const { data, ...rest } = await toPixels(image, HEADER, createDeadline(10_000))
  return { ...rest, data: new Uint8Array(data) }
}

describe('resizeFast()', () => {
  it.each([
    ['lanczos', 'lanczos3'],
    ['bicubic', 'cubic'],
    ['bilinear', 'linear'],
  ] as const)('shrinks with %s by the kernel that sharp calls %s', async (filter, kernel) => {
    const png = await asPng(PICTURE)
    const expected = await sharp(png).resize(40, 30, { fit: 'fill', kernel }).raw().toBuffer()
    const scale = { width: 40, height: 30 }
    expect([...(await pixelsOf(png, { mode: 'fast', scale, filter })).data]).toEqual([...expected])
  })

  it.each(['hamming', 'box', 'nearest'] as const)('does not have %s', (filter) => {
    expect(() => resizeFast(fromPixels(PICTURE), HEADER, WHERE, filter)).toThrow(filter)
  })

  it('resizes a box of the source as if it were all of it', async () => {
    const part = sharp(PICTURE.data, { raw: { width: 90, height: 60, channels: 3 } })
      .extract({ left: 3, top: 7, width: 80, height: 50 })
      .resize(40, 30, { fit: 'fill' })
    const box = { left: 3, top: 7, right: 83, bottom: 57 }
    expect([...(await shown({ box })).data]).toEqual([...(await part.raw().toBuffer())])
  })

  it('gives the window of the resized picture', async () => {
    const whole = await shown({})
    const window = { left: 5, top: 9, width: 20, height: 3 }
    const cut = await shown({ window })
    expect(cut).toMatchObject({ width: 20, height: 3 })
    for (let y = 0; y < 3; y++) {
      const at = ((9 + y) * 40 + 5) * 3
      const row = cut.data.subarray(y * 60, (y + 1) * 60)
      expect([...row]).toEqual([...whole.data.subarray(at, at + 60)])
    }
  })

  it.each([
    ['3.75 times', { width: 160, height: 120 }],
    ['twice', { width: 300, height: 225 }],
    ['3 times', { width: 200, height: 150 }],
  ])('is close to the exact mode for a JPEG that is shrunk %s', async (_how, scale) => {
    const { bytes } = await processed(await asPng(textured({ width: 600, height: 450 }, 9)), {
      format: 'jpeg',
    })
    const source = Buffer.from(bytes)
    const fast = await pixelsOf(source, { mode: 'fast', scale })
    const exact = await pixelsOf(source, { mode: 'exact', scale })
    expect(meanDifference(fast, exact)).toBeLessThan(1)
  })

  it('averages all of a JPEG whose decoder shrinks it', async () => {
    // Stripes of one pixel: whoever skips pixels sees one of the two colours alone.
    const names = Array.from({ length: 640 }, (_, x) => (x % 2 ? 'white' : 'black'))
    const picture = stripes({ width: 640, height: 64 }, names)
    const { bytes } = await processed(await asPng(picture), { format: 'jpeg', quality: 100 })
    const scale = { width: 40, height: 4 }
    const pixels = await pixelsOf(Buffer.from(bytes), { mode: 'fast', scale })
    for (const level of pixels.data) expect(Math.abs(level - 127.5)).toBeLessThan(4)
  })
})
