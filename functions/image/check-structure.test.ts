import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { recogniseFormat } from '../contract/source-format.ts'
import { checkSourcePixels } from '../contract/source-limits.ts'
import { checkStructure } from './check-structure.ts'
import { fromPixels } from './decode.ts'
import { readSourceHeader } from './source-header.ts'
import { MAX_CHUNKS, MAX_FRAMES, MAX_METADATA_BYTES } from './structure-limits.ts'
import {
  derivedAvif,
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
  const packed = deflateSync(Buffer.alloc(7_900_000, 'a'))
  const text = pngChunk('zTXt', Buffer.concat([Buffer.from('k\0\0'), packed]))

  it('is refused as a bomb of compressed text: 7 MB would become 2.7 GB', async () => {
    await expectRefused(withChunks(...Array(900).fill(text)), 'more than 64000000 bytes')
    const international = Buffer.concat([Buffer.from('k\0\x01\0\0\0'), packed])
    const texts = Array(100).fill(pngChunk('iTXt', international))
    await expectRefused(withChunks(...texts), 'more than 64000000 bytes')
  })

  it('is taken with the compressed text of a large one', async () => {
    await expectTaken(withChunks(...Array(8).fill(text)))
  })

  it('is refused for two million chunks', async () => {
    const chunk = pngChunk('abCd', Buffer.alloc(0))
    const many = Buffer.alloc(2_000_000 * chunk.length, chunk)
    await expectRefused(withChunks(many), `more than ${MAX_CHUNKS} chunks`)
    await expectTaken(withChunks(...Array(MAX_CHUNKS - 10).fill(chunk)))
  })

  it.each(['eXIf', 'iCCP', 'tEXt', 'iTXt'])('is refused for a huge %s', async (type) => {
    const huge = pngChunk(type, Buffer.alloc(30_000_000, 'x'))
    await expectRefused(withChunks(huge), `30000000 bytes of metadata in ${type}`)
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

  it('is left to its decoder with frames within frames, however deep', async () => {
    // Each begins where the head of the one before has ended, and says that it goes on to the end.
    const nested = riff(start, Buffer.alloc(1_000_000, riffChunk('ANMF', Buffer.alloc(16))))
    for (let at = 12 + start.length; at + 8 <= nested.length; at += 24) {
      nested.writeUInt32LE(nested.length - at - 8, at + 4)
    }
    expect(codeOf(() => checkStructure(nested, 'webp'))).toBe(undefined)
    await expect(pixelsOf(nested)).rejects.toMatchObject({ code: 'undecodable_image' })
  })

  it.each(['ICCP', 'EXIF', 'XMP '])('is refused for a huge %s', async (type) => {
    const huge = riffChunk(type, Buffer.alloc(30_000_000))
    await expectRefused(riff(start, huge, frame), `metadata in ${type.trim()}`)
  })
})

describe('a GIF made to be slow or large', () => {
  const screen = Buffer.from('GIF89a\x20\0\x18\0\x80\0\0\0\0\0\xff\xff\xff', 'latin1')
  const frame = Buffer.from(',\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0', 'latin1')

  it('is refused for a million frames', async () => {
    const frames = Buffer.alloc(1_000_000 * frame.length, frame)
    await expectRefused(Buffer.concat([screen, frames]), `more than ${MAX_FRAMES} frames`)
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
  ])('is refused for a huge %s', async (name, tag) => {
    for (const isBig of [false, true]) {
      const tags: Tag[] = [[tag, 7, MAX_METADATA_BYTES + 1, 8]]
      await expectRefused(tiffOf({ tags, isBig }), `metadata in ${name}`)
    }
    const largest: Tag[] = [[tag, 1, 20, 8]]
    await expectTaken(tiffOf({ tags: largest }))
  })

  it.each([
    ['65535 channels', [[277, 3, 1, 65_535]]],
    ['100 channels', [[277, 3, 1, 100]]],
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

  it.each([6, 34_712, 34_925, 50_000])('is refused for the compression %i', async (scheme) => {
    const tiff = await tiled('none')
    const entry = tiff.indexOf(Buffer.from([0x03, 0x01, 3, 0, 1, 0, 0, 0]))
    tiff.writeUInt16LE(scheme, entry + 8)
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
    await expectRefused(bomb, 'metadata in ICC')
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
