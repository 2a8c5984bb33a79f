import { describe, expect, it } from 'vitest'
import { MAX_FRAMES, MAX_METADATA_BYTES, MAX_PAGE_TAGS, MAX_TAGS } from './structure-limits.ts'
import { dataAt, grayPage, type Tag, tiffOf, tiffOfPages } from './test-bombs.ts'
import { pixelsOf } from './test-process.ts'
import { expectRefused, expectTaken } from './test-refusal.ts'

describe('a TIFF made to be slow or large', () => {
  it.each([false, true])('is refused for 280,000 pages, BigTIFF %s', async (isBig) => {
    await expectRefused(tiffOf({ pages: 280_000, isBig }), `more than ${MAX_FRAMES} frames`)
  })

  it.each([false, true])('is taken with a thousand pages, BigTIFF %s', async (isBig) => {
    await expectTaken(tiffOf({ pages: 1000, isBig }))
  })

  it.each([1, 2, 1000])('is taken when its list of %i pages begins anew at its end', async (n) => {
    await expectTaken(tiffOf({ pages: n, isLoop: true }))
  })

  it.each([
    ['XMP', 700],
    ['IPTC', 33_723],
    ['Photoshop', 34_377],
    ['ICC', 34_675],
    ['ImageSourceData', 37_724],
    ['tag that nobody knows', 50_001],
  ])('is refused for a huge %s', async (_name, tag) => {
    for (const isBig of [false, true]) {
      const tags: Tag[] = [[tag, 7, MAX_METADATA_BYTES + 1000, 8]]
      await expectRefused(tiffOf({ tags, isBig }), 'bytes of metadata')
    }
    const largest: Tag[] = [[tag, 1, 20, 8]]
    await expectTaken(tiffOf({ tags: largest }))
  })

  it('is refused for a thousand pages whose tags are all the same megabyte', async () => {
    const shared = Array.from({ length: 40 }, (_, i): Tag => [40_000 + i, 1, 1_000_000, 72])
    const pages = [grayPage(), ...Array(999).fill([...grayPage(), ...shared])]
    const data = Buffer.alloc(1_000_064, 128)
    await expectRefused(tiffOfPages({ pages, data }), 'bytes of metadata')
  })

  it('is taken with the layers of Photoshop, which are most of the file', async () => {
    const layersBytes = 24_000_000
    const data = Buffer.alloc(64 + layersBytes, 128)
    const page: Tag[] = [...grayPage(), [37_724, 7, layersBytes, dataAt(false) + 64]]
    await expectTaken(tiffOfPages({ pages: [page], data }))
    // What many pages share is no more in the file than once.
    const pages = Array(10).fill(page)
    await expectRefused(tiffOfPages({ pages, data }), 'bytes of metadata')
  })

  it('is refused for tags by the thousand that nobody knows', async () => {
    const data = Buffer.alloc(64, 128)
    const tagged = (count: number): Tag[] => [
      ...grayPage(),
      ...Array.from({ length: count - 9 }, (_, i): Tag => [40_000 + i, 1, 1, 0]),
    ]
    await expectTaken(tiffOfPages({ pages: [tagged(MAX_PAGE_TAGS)], data }))
    const page = tagged(MAX_PAGE_TAGS + 1)
    await expectRefused(tiffOfPages({ pages: [page], data }), `${MAX_PAGE_TAGS} tags in a page`)
    const pages = Array(Math.ceil(MAX_TAGS / 100) + 1).fill(tagged(100))
    await expectRefused(tiffOfPages({ pages, data }), `more than ${MAX_TAGS} tags`)
  })

  it('is refused for a million tags in a page, which libtiff takes for none', async () => {
    const tiff = tiffOf({ isBig: true })
    tiff.writeUInt32LE(1_000_000, 80)
    const bytes = Buffer.concat([tiff, Buffer.alloc(20_000_000)])
    await expectRefused(bytes, 'cut short or damaged')
  })

  it('is refused for half an offset of its next page, and taken for none', async () => {
    const tiff = tiffOf({})
    await expectTaken(tiff.subarray(0, -4))
    await expectRefused(tiff.subarray(0, -2), 'in the place of its next page')
  })

  it.each([6, 100, 65_535])('is refused for %i channels', async (channels) => {
    await expect(pixelsOf(tiffOfChannels(channels))).rejects.toMatchObject({
      code: 'undecodable_image',
    })
  })

  it('is taken with five channels', async () => {
    expect(await pixelsOf(tiffOfChannels(5))).toMatchObject({ width: 8, height: 8 })
  })
})

/** A TIFF of 8x8 pixels that says, and where it can has, so many channels: RGB and others. */
function tiffOfChannels(channels: number): Buffer {
  const depths = dataAt(false) + 64 * 8
  const data = Buffer.alloc(64 * 8 + 2 * 8, 8)
  for (let i = 0; i < 8; i++) data.writeUInt16LE(8, 64 * 8 + 2 * i)
  const page: Tag[] = [
    [256, 3, 1, 8],
    [257, 3, 1, 8],
    [258, 3, Math.min(channels, 8), depths],
    [259, 3, 1, 1],
    [262, 3, 1, 2],
    [273, 4, 1, 8],
    [277, 3, 1, channels],
    [278, 3, 1, 8],
    [279, 4, 1, 64 * Math.min(channels, 8)],
    [338, 3, 1, 0],
  ]
  return tiffOfPages({ pages: [page], data })
}
