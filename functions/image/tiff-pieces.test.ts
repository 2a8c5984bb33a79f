import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { fromPixels } from './decode.ts'
import { MAX_PIECES, PACKED_SLACK_BYTES } from './structure-limits.ts'
import { grayPage, type Tag, tiffOf, tiffOfPages } from './test-bombs.ts'
import { noise } from './test-picture.ts'
import { pixelsOf } from './test-process.ts'
import { expectRefused, expectTaken, LARGER_PACKED } from './test-refusal.ts'

const COMPRESSION = 259
const STRIP_OFFSETS = 273
const STRIP_BYTE_COUNTS = 279
const TILE_OFFSETS = 324
const TILE_BYTE_COUNTS = 325

describe('a TIFF made to be slow or large', () => {
  it('is taken as a dithered scan in CCITT group 4, far larger than its pixels', async () => {
    const [width, height] = [4000, 4000]
    const gray = Buffer.alloc(width * height)
    // What dithering makes of the middle gray.
    for (let y = 0; y < height; y++) {
      for (let x = y % 2; x < width; x += 2) gray[y * width + x] = 255
    }
    const tiff = await sharp(gray, { raw: { width, height, channels: 1 } })
      .toColourspace('b-w')
      .tiff({ compression: 'ccittfax4', bitdepth: 1 })
      .toBuffer()
    expect(tiff.length).toBeGreaterThan((2 * width * height) / 8 + PACKED_SLACK_BYTES)
    await expectTaken(tiff)
  })

  it('is refused when all its strips are the same slow megabyte', async () => {
    const data = Buffer.alloc(1_001_000, 1)
    const ofStrips = Array.from({ length: 100 }, () => uint32le(1000))
    const sizes = Array.from({ length: 100 }, () => uint32le(1_000_000))
    data.set(Buffer.concat([...ofStrips, ...sizes]))
    const page: Tag[] = [
      [256, 3, 1, 8],
      [257, 3, 1, 100],
      [258, 3, 1, 8],
      [259, 3, 1, 8],
      [262, 3, 1, 1],
      [273, 4, 100, 8],
      [277, 3, 1, 1],
      [278, 3, 1, 1],
      [279, 4, 100, 408],
    ]
    await expectRefused(tiffOfPages({ pages: [page], data }), 'bytes of tiles or strips')
  })

  it('is refused for pages that say they have a million strips, and have one', async () => {
    const data = Buffer.alloc(64, 128)
    const tall: Tag[] = grayPage().map(([tag, type, count, value]) => {
      const values: Record<number, number> = { 257: 1_000_000, 278: 1 }
      return [tag, tag === 257 ? 4 : type, count, values[tag] ?? value]
    })
    const pages = [grayPage(), ...Array(2000).fill(tall)]
    await expectRefused(tiffOfPages({ pages, data }), 'tiles or strips that are not there')
    const few = tall.map(([tag, type, count, value]): Tag => {
      return [tag, type, count, tag === 257 ? 1000 : value]
    })
    await expectTaken(tiffOfPages({ pages: [grayPage(), few, few], data }))
  })

  it('is refused for a picture of megabytes that unpack to nothing', async () => {
    const page: Tag[] = grayPage().map(([tag, type, count, value]) => {
      const values: Record<number, number> = { 259: 8, 279: 2_000_000 }
      return [tag, tag === 279 ? 4 : type, count, values[tag] ?? value]
    })
    const bomb = tiffOfPages({ pages: [page], data: Buffer.alloc(2_000_000, 1) })
    await expectRefused(bomb, LARGER_PACKED)
  })

  it('is refused for a million strips', async () => {
    const tags: Tag[] = [
      [273, 1, 1_000_000, 8],
      [279, 1, 1_000_000, 8],
    ]
    await expectRefused(tiffOf({ tags }), `more than ${MAX_PIECES} tiles or strips`)
  })

  it.each([
    ['a billion strips', [[273, 4, 0x3fffffff, 8]]],
    ['a list of strips that is not there', [[279, 4, 0x3fffffff, 8]]],
  ] satisfies [string, Tag[]][])('is refused for %s', async (_what, tags) => {
    const refused = pixelsOf(tiffOf({ tags }))
    await expect(refused).rejects.toMatchObject({ code: 'undecodable_image' })
  })
})

describe('a TIFF of tiles, where the decoder would make black ones', () => {
  const picture = noise({ width: 200, height: 150 }, 1)
  const tiled = (compression: 'deflate' | 'none') =>
    fromPixels(picture).tiff({ compression, tile: true, tileWidth: 64, tileHeight: 64 }).toBuffer()

  it.each(['deflate', 'none'] as const)(
    'is taken whole, and refused cut short: %s',
    async (how) => {
      const whole = firstDirectoryFirst(await tiled(how))
      expect(await pixelsOf(whole)).toEqual(picture)
      for (const part of [0.3, 0.6, 0.99]) {
        await expectRefused(whole.subarray(0, part * whole.length), 'cut short')
      }
    },
  )

  it.each([
    ['no bytes', TILE_BYTE_COUNTS, 0, 'tile 2 of 12 is not there'],
    ['no place', TILE_OFFSETS, 0, 'tile 2 of 12 is not there'],
    ['a place behind the end', TILE_OFFSETS, 0x7fffffff, 'tile 2 ends at byte'],
  ])('is refused for a tile of %s', async (_what, tag, value, why) => {
    const tiff = await tiled('none')
    const isShort = tiff.readUInt16LE(entryOf(tiff, tag) + 2) === 3
    if (isShort) tiff.writeUInt16LE(value, listOf(tiff, tag) + 2)
    else tiff.writeUInt32LE(value, listOf(tiff, tag) + 4)
    await expectRefused(tiff, why)
  })

  it.each([TILE_OFFSETS, TILE_BYTE_COUNTS])('is refused for a list too short, %i', async (tag) => {
    const tiff = await tiled('none')
    tiff.writeUInt32LE(11, entryOf(tiff, tag) + 4)
    await expectRefused(tiff, 'tile 12 of 12 is not there')
  })

  it('is refused cut short when its tiles have the tags of strips', async () => {
    const tiff = firstDirectoryFirst(await tiled('none'))
    tiff.writeUInt16LE(STRIP_OFFSETS, entryOf(tiff, TILE_OFFSETS))
    tiff.writeUInt16LE(STRIP_BYTE_COUNTS, entryOf(tiff, TILE_BYTE_COUNTS))
    expect(await pixelsOf(tiff)).toEqual(picture)
    await expectRefused(tiff.subarray(0, 0.6 * tiff.length), 'cut short')
  })

  it('is taken for the first of a tag that is there twice, as by libtiff', async () => {
    const whole = firstDirectoryFirst(await tiled('none'))
    const twice = withSecond(whole, TILE_BYTE_COUNTS, 4)
    expect(await pixelsOf(twice)).toEqual(picture)
    await expectRefused(twice.subarray(0, -1000), 'ends at byte')
    whole.writeUInt16LE(50_000, entryOf(whole, COMPRESSION) + 8)
    await expectRefused(withSecond(whole, COMPRESSION, 1), 'is not read (50000)')
  })

  it.each([6, 34_712, 34_925, 50_000])('is refused for the compression %i', async (scheme) => {
    const tiff = await tiled('none')
    tiff.writeUInt16LE(scheme, entryOf(tiff, COMPRESSION) + 8)
    await expectRefused(tiff, `a compression that is not read (${scheme})`)
  })
})

function uint32le(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

/** Where the entry of a tag stands in the directory of a TIFF. */
function entryOf(tiff: Buffer, tag: number): number {
  let at = tiff.readUInt32LE(4) + 2
  while (tiff.readUInt16LE(at) !== tag) at += 12
  return at
}

/** Where the values of a tag stand that has a list of them. */
function listOf(tiff: Buffer, tag: number): number {
  return tiff.readUInt32LE(entryOf(tiff, tag) + 8)
}

/** The same TIFF whose last tag but this one is this one again, with another value. */
function withSecond(tiff: Buffer, tag: number, value: number): Buffer {
  const second = Buffer.from(tiff)
  const directory = tiff.readUInt32LE(4)
  const last = directory + 2 + (tiff.readUInt16LE(directory) - 1) * 12
  expect(tiff.readUInt16LE(last)).not.toBe(tag)
  second.writeUInt16LE(tag, last)
  second.writeUInt16LE(3, last + 2)
  second.writeUInt32LE(1, last + 4)
  second.writeUInt32LE(value, last + 8)
  return second
}

/** The same TIFF with its directory, which stands at its end, before its tiles: as cloud-optimised ones are. */
function firstDirectoryFirst(tiff: Buffer): Buffer {
  const at = tiff.readUInt32LE(4)
  const behind = tiff.subarray(at)
  const moved = Buffer.concat([tiff.subarray(0, 8), behind, tiff.subarray(8, at)])
  const newPlace = (offset: number) => (offset < at ? offset + behind.length : offset - at + 8)
  moved.writeUInt32LE(8, 4)
  for (let entry = 10, left = moved.readUInt16LE(8); left > 0; left--, entry += 12) {
    const [tag, count] = [moved.readUInt16LE(entry), moved.readUInt32LE(entry + 4)]
    const bytes = [0, 1, 1, 2, 4, 8, 1, 1][moved.readUInt16LE(entry + 2)] ?? 4
    if (count * bytes <= 4) continue
    const list = newPlace(moved.readUInt32LE(entry + 8))
    moved.writeUInt32LE(list, entry + 8)
    for (let i = 0; tag === 324 && i < count; i++) {
      moved.writeUInt32LE(newPlace(moved.readUInt32LE(list + 4 * i)), list + 4 * i)
    }
  }
  return moved
}
