import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { recogniseFormat } from '../contract/source-format.ts'
import { checkSourcePixels } from '../contract/source-limits.ts'
import { checkStructure } from './check-structure.ts'
import { fromPixels } from './decode.ts'
import { readSourceHeader } from './source-header.ts'
import {
  MAX_BLOCKS,
  MAX_CHUNKS,
  MAX_FRAMES,
  MAX_METADATA_BYTES,
  MAX_PACKED_BYTES,
  MAX_PAGE_TAGS,
  MAX_PIECES,
  MAX_TAGS,
  PACKED_SLACK_BYTES,
} from './structure-limits.ts'
import {
  avifWithItems,
  dataAt,
  derivedAvif,
  grayPage,
  gridOf,
  jpegSegment,
  overlayOf,
  pixelBombs,
  pngChunk,
  progressive,
  riff,
  riffChunk,
  type Tag,
  tiffOf,
  tiffOfPages,
} from './test-bombs.ts'
import { fixture, noise, randomNumbers } from './test-picture.ts'
import { pixelsOf } from './test-process.ts'

const pictures = readdirSync(join(import.meta.dirname, 'fixtures'))
  .map((name) => ({ name, bytes: fixture(name), format: recogniseFormat(fixture(name)) }))
  .flatMap(({ format, ...rest }) => (format ? [{ ...rest, format }] : []))

/** What a decoder takes seconds or gigabytes for is refused before it is asked. */
async function expectRefused(bomb: Buffer, why: string): Promise<void> {
  const startMs = performance.now()
  await expect(readSourceHeader(bomb)).rejects.toMatchObject({
    code: 'undecodable_image',
    detail: expect.stringContaining(why),
  })
  expect(performance.now() - startMs).toBeLessThan(500)
}

/** Takes what is odd, but within the limits. */
async function expectTaken(source: Buffer): Promise<void> {
  expect(await pixelsOf(source, { scale: { width: 4, height: 3 } })).toMatchObject({ width: 4 })
}

const LARGER_PACKED = 'a picture that is far larger packed than unpacked'
const TOO_MUCH_METADATA = `more than ${MAX_METADATA_BYTES} bytes of metadata`

describe('checkStructure()', () => {
  it.each(pictures)('accepts $name', ({ bytes, format }) => {
    expect(() => checkStructure(bytes, format)).not.toThrow()
  })

  it('ends on any bytes', () => {
    const random = randomNumbers(5)
    for (const { bytes, format } of pictures) {
      for (let round = 0; round < 40; round++) {
        const damaged = Buffer.from(bytes.subarray(0, Math.ceil(random() * bytes.length)))
        for (let i = 0; i < 12; i++) damaged[Math.floor(random() * 60)] = random() * 256
        const code = codeOf(() => checkStructure(damaged, format))
        expect([undefined, 'undecodable_image']).toContain(code)
      }
    }
  })
})

describe('a small file whose header says that it is huge', () => {
  it.each(Object.entries(pixelBombs()))(
    'is read, and refused as a %s bomb',
    async (format, bomb) => {
      const startMs = performance.now()
      const header = await readSourceHeader(bomb).catch(codeOfError)
      if (typeof header === 'object') {
        expect(header.format).toBe(format)
        expect(codeOf(() => checkSourcePixels(header, 50_000_000))).toBe('too_many_pixels')
      } else {
        // libheif has a limit of its own.
        expect([format, header]).toEqual(['avif', 'undecodable_image'])
      }
      expect(performance.now() - startMs).toBeLessThan(500)
    },
  )
})

describe('a PNG made to be slow or large', () => {
  const png = fixture('palette.png')
  const withChunks = (...chunks: Buffer[]) =>
    Buffer.concat([png.subarray(0, 33), ...chunks, png.subarray(33)])
  const idatAt = png.indexOf('IDAT') - 4
  const withPicture = (...chunks: Buffer[]) =>
    Buffer.concat([png.subarray(0, idatAt), ...chunks, png.subarray(idatAt)])
  const packed = deflateSync(Buffer.alloc(7_900_000, 'a'))
  const text = pngChunk('zTXt', Buffer.concat([Buffer.from('k\0\0'), packed]))

  const textOf = (keyword: string, unpacked: string | Uint8Array) =>
    pngChunk('zTXt', Buffer.concat([Buffer.from(`${keyword}\0\0`), deflateSync(unpacked)]))

  it('is refused as a bomb of compressed text: 7 MB would become 2.7 GB', async () => {
    await expectRefused(withChunks(...Array(900).fill(text)), TOO_MUCH_METADATA)
    await expectRefused(withChunks(...Array(8).fill(text)), TOO_MUCH_METADATA)
    const international = Buffer.concat([Buffer.from('k\0\x01\0\0\0'), packed])
    const texts = Array(100).fill(pngChunk('iTXt', international))
    await expectRefused(withChunks(...texts), TOO_MUCH_METADATA)
  })

  it('is refused for a profile and texts that only together are large', async () => {
    const profile = pngChunk('iCCP', Buffer.concat([Buffer.from('k\0\0'), packed]))
    await expectTaken(withChunks(profile))
    await expectRefused(withChunks(profile, text, text), TOO_MUCH_METADATA)
    const plain = pngChunk('tEXt', Buffer.alloc(7_900_000, 'a\0'))
    await expectRefused(withChunks(plain, plain, plain), TOO_MUCH_METADATA)
    await expectRefused(withChunks(plain, plain, text), TOO_MUCH_METADATA)
  })

  it('is taken with the compressed texts and the profile of a real one', async () => {
    const random = noise({ width: 300, height: 300 }, 1).data
    const ofReal = (type: string, bytes: number) =>
      pngChunk(type, Buffer.concat([Buffer.from('k\0\0'), deflateSync(random.subarray(0, bytes))]))
    const chunks = [ofReal('iCCP', 200_000), ...Array(20).fill(ofReal('zTXt', 2000))]
    await expectTaken(withChunks(...chunks))
  })

  it('is taken with the profiles that ImageMagick writes as texts', async () => {
    const profiles = ['exif', '8bim', 'iptc'].map((name, seed) => {
      const { data } = noise({ width: 100, height: 100 }, seed)
      const hex = Buffer.from(data).toString('hex').replace(/.{72}/g, '$&\n')
      return textOf(`Raw profile type ${name}`, `\n${name}\n   30000\n${hex}\n`)
    })
    expect(profiles.every(({ length }) => length > 33_000)).toBe(true)
    await expectTaken(withChunks(...profiles))
  })

  it('is taken with a profile and a text of 120 kB each', async () => {
    const { data } = noise({ width: 200, height: 200 }, 1)
    const profile = pngChunk('iCCP', Buffer.concat([Buffer.from('k\0\0'), deflateSync(data)]))
    await expectTaken(withChunks(profile, textOf('mxfile', data)))
  })

  it('is taken with two texts that unpack to 1.6 MB each, as editors of diagrams write them', async () => {
    const nodes = Array.from(
      { length: 60_000 },
      (_, i) => `<node id="${i}" x="${(i * 7919) % 9973}"/>\n`,
    )
    const xml = nodes.join('')
    expect(xml.length).toBeGreaterThan(1_500_000)
    await expectTaken(withChunks(textOf('mxfile', xml), textOf('workflow', xml)))
  })

  it.each(['zTXt', 'iCCP'])(
    'is refused for compressed bytes that unpack to nothing, in %s',
    async (type) => {
      // Stored blocks of no bytes; made of other blocks 8 MB of them take seconds.
      const nothing = Buffer.alloc(MAX_PACKED_BYTES + 5, Buffer.from([0, 0, 0, 0xff, 0xff]))
      const data = Buffer.concat([Buffer.from('k\0\0\x78\x9c', 'latin1'), nothing])
      await expectRefused(withChunks(pngChunk(type, data)), 'bytes of compressed metadata')
    },
  )

  it('is refused for a picture of megabytes that unpack to nothing', async () => {
    const packed = pngChunk('IDAT', Buffer.alloc(10_000))
    await expectRefused(withPicture(...Array(110).fill(packed)), LARGER_PACKED)
  })

  it('is refused for two million empty chunks in its picture', async () => {
    const empty = pngChunk('IDAT', Buffer.alloc(0))
    await expectTaken(withPicture(...Array(1000).fill(empty)))
    const many = Buffer.alloc(2_000_000 * empty.length, empty)
    await expectRefused(withPicture(many), 'chunks of its picture')
  })

  it('is refused for two million chunks', async () => {
    const chunk = pngChunk('abCd', Buffer.alloc(0))
    const many = Buffer.alloc(2_000_000 * chunk.length, chunk)
    await expectRefused(withChunks(many), `more than ${MAX_CHUNKS} chunks`)
    await expectTaken(withChunks(...Array(MAX_CHUNKS - 10).fill(chunk)))
  })

  it.each(['eXIf', 'iCCP', 'tEXt', 'iTXt'])('is refused for a huge %s', async (type) => {
    const huge = pngChunk(type, Buffer.alloc(30_000_000, 'k\0\0'))
    const why = type === 'iCCP' ? 'bytes of compressed metadata' : TOO_MUCH_METADATA
    await expectRefused(withChunks(huge), why)
  })
})

describe('a WebP made to be slow or large', () => {
  const webp = fixture('animated.webp')
  const frameAt = webp.indexOf('ANMF')
  const frame = webp.subarray(frameAt, frameAt + 8 + webp.readUInt32LE(frameAt + 4))
  const start = webp.subarray(12, frameAt)

  it('is refused for 100,000 frames: libwebp compares each with all before it', async () => {
    const frames = Buffer.alloc(100_000 * frame.length, frame)
    await expectRefused(riff(start, frames), `more than ${MAX_FRAMES} frames`)
  })

  it('is taken with a thousand frames', async () => {
    await expectTaken(riff(start, ...Array(1000).fill(frame)))
  })

  it('is refused for millions of chunks', async () => {
    const chunks = Buffer.alloc(3_000_000 * 8, riffChunk('ABCD', Buffer.alloc(0)))
    await expectRefused(riff(start, chunks, frame), `more than ${MAX_CHUNKS} chunks`)
    await expectRefused(riff(start, frame, chunks), `more than ${MAX_CHUNKS} chunks`)
    const stuffed = riffChunk('ANMF', Buffer.concat([frame.subarray(8), chunks]))
    await expectRefused(riff(start, stuffed), `more than ${MAX_CHUNKS} chunks`)
  })

  it('is refused for frames within frames, each of them a picture', async () => {
    // Each says that it goes on to the end of all.
    const nested = Buffer.alloc(40_000 * frame.length, frame)
    for (let at = 0; at < nested.length; at += frame.length) {
      nested.writeUInt32LE(nested.length - at - 8, at + 4)
    }
    await expectRefused(riff(start, nested), `more than ${MAX_FRAMES} frames`)
    // Behind a chunk that it does not know libwebp takes the rest for the next frames.
    const unknown = riffChunk('ABCD', Buffer.alloc(0))
    const within = Buffer.concat([frame.subarray(8), unknown, nested])
    await expectRefused(riff(start, riffChunk('ANMF', within)), `more than ${MAX_FRAMES} frames`)
  })

  it.each(['VP8 ', 'VP8L', 'ALPH'])('is refused for millions of chunks of %s', async (type) => {
    const chunks = Buffer.alloc(4_000_000 * 8, riffChunk(type, Buffer.alloc(0)))
    await expectRefused(riff(start, chunks), `more than ${MAX_CHUNKS} chunks`)
    await expectRefused(riff(start, frame, chunks), `more than ${MAX_CHUNKS} chunks`)
  })

  it('ends where it says that it ends, as for libwebp', async () => {
    const chunks = Buffer.alloc(80_000, riffChunk('ABCD', Buffer.alloc(0)))
    await expectTaken(Buffer.concat([webp, chunks]))
  })

  it.each(['ICCP', 'EXIF', 'XMP '])('is refused for a huge %s', async (type) => {
    const huge = riffChunk(type, Buffer.alloc(30_000_000))
    await expectRefused(riff(start, huge, frame), TOO_MUCH_METADATA)
    const third = riffChunk(type, Buffer.alloc(MAX_METADATA_BYTES / 3 + 1))
    await expectRefused(riff(start, third, frame, third, third), TOO_MUCH_METADATA)
  })
})

describe('a GIF made to be slow or large', () => {
  const screen = Buffer.from('GIF89a\x20\0\x18\0\x80\0\0\0\0\0\xff\xff\xff', 'latin1')
  const frame = Buffer.from(',\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0', 'latin1')

  it('is refused for a million frames', async () => {
    const frames = Buffer.alloc(1_000_000 * frame.length, frame)
    await expectRefused(Buffer.concat([screen, frames]), `more than ${MAX_FRAMES} frames`)
  })

  it.each([
    ['an extension whose head has no bytes', '!\x01\0\x3b'.padEnd(0x3f, 'x')],
    ['an extension whose head has many bytes', '!\x01\x05aaaaa\x02bb'],
    ['an extension with nothing behind its head', '!\x07\x05aaaaa'],
    ['a comment without bytes', '!\xfe'],
  ])('is refused for a million frames behind %s', async (_what, extension) => {
    const frames = Buffer.alloc(1_000_000 * frame.length, frame)
    const before = Buffer.from(`${extension}\0`, 'latin1')
    await expectTaken(Buffer.concat([screen, before, frame, Buffer.from(';')]))
    await expectRefused(Buffer.concat([screen, before, frames]), `more than ${MAX_FRAMES} frames`)
  })

  it('is refused for millions of blocks of one byte, and of none', async () => {
    const blocks = Buffer.alloc(30_000_000, '\x01a')
    const comment = Buffer.from('!\xfe', 'latin1')
    await expectRefused(Buffer.concat([screen, comment, blocks]), `more than ${MAX_BLOCKS} blocks`)
    const comments = Buffer.alloc(30_000_000, Buffer.from('!\xfe\0', 'latin1'))
    await expectRefused(Buffer.concat([screen, comments]), `more than ${MAX_BLOCKS} blocks`)
  })

  it('is taken with ten thousand, comments and all', async () => {
    const comment = Buffer.from('!\xfe\x02hi\0', 'latin1')
    const parts = Array(MAX_FRAMES).fill(Buffer.concat([comment, frame]))
    await expectTaken(Buffer.concat([screen, ...parts, Buffer.from(';')]))
  })

  it('is refused when its first frame is the bomb', async () => {
    const bomb = Buffer.concat([screen, frame])
    bomb.writeUInt16LE(60_000, screen.length + 5)
    bomb.writeUInt16LE(60_000, screen.length + 7)
    expect(await readSourceHeader(bomb)).toMatchObject({ width: 60_000, height: 60_000 })
  })
})

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

  it.each([6, 100, 65_535])('is refused for %i channels', async (channels) => {
    await expect(pixelsOf(tiffOfChannels(channels))).rejects.toMatchObject({
      code: 'undecodable_image',
    })
  })

  it('is taken with five channels', async () => {
    expect(await pixelsOf(tiffOfChannels(5))).toMatchObject({ width: 8, height: 8 })
  })

  it.each([
    ['a billion strips', [[273, 4, 0x3fffffff, 8]]],
    ['a list of strips that is not there', [[279, 4, 0x3fffffff, 8]]],
  ] satisfies [string, Tag[]][])('is refused for %s', async (_what, tags) => {
    const refused = pixelsOf(tiffOf({ tags }))
    await expect(refused).rejects.toMatchObject({ code: 'undecodable_image' })
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

function uint32le(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

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

describe('a JPEG made to be slow or large', () => {
  it('is refused for a profile of 16 MB in segments', async () => {
    const jpeg = fixture('gray.jpg')
    const data = Buffer.concat([
      Buffer.from('ICC_PROFILE\0\x01\xff', 'latin1'),
      Buffer.alloc(65_000),
    ])
    const profile = Array(255).fill(jpegSegment(0xe2, data))
    const bomb = Buffer.concat([jpeg.subarray(0, 2), ...profile, jpeg.subarray(2)])
    await expectRefused(bomb, TOO_MUCH_METADATA)
  })

  it('is refused for thousands of scans of 50 megapixels', async () => {
    const startMs = performance.now()
    const bomb = progressive({ width: 8000, height: 6250 }, 10_000)
    await expect(pixelsOf(bomb)).rejects.toMatchObject({
      code: 'undecodable_image',
      detail: expect.stringContaining('more than 100 scans'),
    })
    expect(performance.now() - startMs).toBeLessThan(2000)
  })

  it('is taken with dozens of scans', async () => {
    await expectTaken(progressive({ width: 80, height: 60 }, 64))
  })
})

const COMPRESSION = 259
const STRIP_OFFSETS = 273
const STRIP_BYTE_COUNTS = 279
const TILE_OFFSETS = 324
const TILE_BYTE_COUNTS = 325

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

function codeOfError({ code }: { code?: string }) {
  return code
}

function codeOf(act: () => void): unknown {
  try {
    act()
    return undefined
  } catch (error) {
    return (error as { code?: string }).code ?? error
  }
}
