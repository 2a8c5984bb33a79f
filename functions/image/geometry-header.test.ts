import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import type { ResolvedOptions, Size } from '../contract/options.ts'
import { processed } from './test-process.ts'

const SOURCE = { width: 400, height: 300 }
/** Something white to be found again, near the middle so that every fit shows it. */
const THING = { left: 170, top: 120, right: 230, bottom: 165 }

const FITS = ['fill', 'contain', 'cover', 'inside', 'short-side'] as const
const CROPS = ['none', { width: 90, height: 80 }, { width: 300, height: 290 }] as const

describe('the geometry of a result', () => {
  describe.each(['exact', 'fast'] as const)('mode=%s', (mode) => {
    it.each(FITS)(
      'leads from what is found with fit=%s to where it is in the source',
      async (fit) => {
        for (const scale of [sized(120, 120), sized(111, 111), sized(97, 97)]) {
          for (const crop of CROPS) await expectFound(await thing(), { mode, fit, scale, crop })
        }
      },
    )
  })

  it('leads to the source as it is seen', async () => {
    // Seen, it is the same picture; stored, it lies on its side.
    const stored = await sharp(await thing())
      .rotate(270)
      .withMetadata({ orientation: 6 })
      .png()
      .toBuffer()
    await expectFound(stored, { fit: 'cover', scale: sized(100, 40) })
  })

  it('is exact where a decimal of three digits would be pixels off', async () => {
    const { geometry } = await processed(await thing(), { scale: sized(3000, 2999), fit: 'fill' })
    expect(geometry).toEqual({ scaleX: 400 / 3000, scaleY: 300 / 2999, offsetX: 0, offsetY: 0 })
  })
})

async function expectFound(source: Buffer, options: Partial<ResolvedOptions>): Promise<void> {
  const { bytes, info, geometry } = await processed(source, { ...options, grayscale: true })
  const { scaleX, scaleY, offsetX, offsetY } = geometry
  const found = whiteBox(bytes, info)
  const onSource = {
    left: found.left * scaleX + offsetX,
    top: found.top * scaleY + offsetY,
    right: found.right * scaleX + offsetX,
    bottom: found.bottom * scaleY + offsetY,
  }
  // A pixel of the result is half a pixel of it from the edge that it shows.
  const tolerance = Math.max(scaleX, scaleY) * 0.51
  for (const side of ['left', 'top', 'right', 'bottom'] as const) {
    const off = Math.abs(onSource[side] - THING[side])
    expect(off, `${side} with ${JSON.stringify(options)}`).toBeLessThanOrEqual(tolerance)
  }
}

/** The box around what is more than half white. */
function whiteBox(levels: Uint8Array, { width, height }: Size) {
  const box = { left: width, top: height, right: 0, bottom: 0 }
  for (let at = 0; at < width * height; at++) {
    if ((levels[at] ?? 0) < 128) continue
    const [x, y] = [at % width, Math.floor(at / width)]
    box.left = Math.min(box.left, x)
    box.top = Math.min(box.top, y)
    box.right = Math.max(box.right, x + 1)
    box.bottom = Math.max(box.bottom, y + 1)
  }
  return box
}

function thing(): Promise<Buffer> {
  const white = {
    create: {
      width: THING.right - THING.left,
      height: THING.bottom - THING.top,
      channels: 3,
      background: '#ffffff',
    },
  } as const
  return sharp({ create: { ...SOURCE, channels: 3, background: '#000000' } })
    .composite([{ input: white, left: THING.left, top: THING.top }])
    .png()
    .toBuffer()
}

function sized(width: number, height: number): Size {
  return { width, height }
}
