import { describe, expect, it } from 'vitest'
import { MAX_CHUNKS, MAX_METADATA_BYTES } from './structure-limits.ts'
import { avifWithItems, derivedAvif, gridOf, overlayOf } from './test-bombs.ts'
import { fixture } from './test-picture.ts'
import { pixelsOf } from './test-process.ts'
import { expectRefused, expectTaken, TOO_MUCH_METADATA } from './test-refusal.ts'

describe('an AVIF made to be slow or large', () => {
  const SMALL = { width: 32, height: 24 }

  it('is taken as a grid of four tiles', async () => {
    const size = { width: 64, height: 48 }
    const data = gridOf(2, 2, size)
    const grid = derivedAvif(size, [{ type: 'grid', from: [1, 1, 1, 1], data }])
    const { width, height } = await pixelsOf(grid)
    expect({ width, height }).toEqual(size)
  })

  it.each([
    [100, 100],
    [255, 255],
  ])('is refused as a giant grid, %ix%i tiles of one picture', async (rows, columns) => {
    const size = { width: columns * 32, height: rows * 24 }
    const from = Array(rows * columns).fill(1)
    const data = gridOf(rows, columns, size)
    await expectHarmless(derivedAvif(size, [{ type: 'grid', from, data }]))
  })

  it.each([1000, 60_000])('is refused as an overlay of %i times one picture', async (count) => {
    const data = overlayOf(count, SMALL)
    await expectHarmless(derivedAvif(SMALL, [{ type: 'iovl', from: Array(count).fill(1), data }]))
  })

  it.each(['iovl', 'grid', 'iden'] as const)('is refused as %s of itself', async (type) => {
    // Each 16 times the one before: 16 to the power of 10 pictures.
    const times = type === 'iden' ? 1 : 16
    const contents = {
      iovl: overlayOf(16, SMALL),
      grid: gridOf(4, 4, SMALL),
      iden: Buffer.alloc(0),
    }
    const data = contents[type]
    const derived = Array.from({ length: 10 }, (_, i) => ({
      type,
      from: Array(times).fill(i + 1),
      data,
    }))
    await expectHarmless(derivedAvif(SMALL, derived))
  })

  it.each(['mime', 'Exif', 'abcd'])(
    'is refused for a hundred items of %s that are all the same bytes',
    async (type) => {
      const items = { type, count: 100, extents: 30, bytes: 100_000 }
      await expectRefused(avifWithItems(items), 'bytes of items')
      await expectTaken(avifWithItems({ ...items, count: 3, extents: 2 }))
    },
  )

  it('is refused for a huge item', async () => {
    const huge = { type: 'mime', count: 1, extents: 1, bytes: MAX_METADATA_BYTES + 1 }
    await expectRefused(avifWithItems(huge), TOO_MUCH_METADATA)
  })

  it('is refused for millions of boxes', async () => {
    const boxes = Buffer.alloc(24_000_000, Buffer.from('\0\0\0\x08free', 'latin1'))
    const bomb = Buffer.concat([fixture('lossless.avif'), boxes])
    await expectRefused(bomb, `more than ${MAX_CHUNKS} chunks`)
  })

  it('is refused for a list of frames that becomes many times as large', async () => {
    const list = Buffer.alloc(MAX_METADATA_BYTES / 16 + 9)
    list.writeUInt32BE(list.length)
    list.write('moov', 4)
    const bomb = Buffer.concat([fixture('lossless.avif'), list])
    await expectRefused(bomb, TOO_MUCH_METADATA)
  })

  it.each(['meta', 'iloc', 'iinf'])('is refused for a second %s', async (type) => {
    const avif = avifWithItems({ type: 'mime', count: 1, extents: 1, bytes: 8 })
    // Of the boxes that no small picture needs.
    const other = type === 'meta' ? 'mdat' : 'hdlr'
    avif.write(type, avif.indexOf(other))
    await expectRefused(avif, JSON.stringify(type))
  })

  /** By the limits of its decoder: it is refused, in the time of a small picture. */
  async function expectHarmless(bomb: Buffer): Promise<void> {
    const startMs = performance.now()
    await expect(pixelsOf(bomb)).rejects.toMatchObject({ code: 'undecodable_image' })
    expect(performance.now() - startMs).toBeLessThan(1000)
  }
})
