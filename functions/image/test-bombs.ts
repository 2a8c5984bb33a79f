/** Small files that say of themselves that they are huge, and the parts that files are made of. */
import { crc32 } from 'node:zlib'
import type { Size } from '../contract/options.ts'
import { fixture } from './test-picture.ts'
import { pngThatSays } from './test-png.ts'

/** A file of each format whose header says that it has more pixels than any limit. */
export function pixelBombs(): Record<string, Buffer> {
  return {
    png: pngThatSays({ width: 60_000, height: 60_000 }, 30_000),
    jpeg: edited('sample.jpg', (jpeg) => {
      const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]))
      jpeg.writeUInt16BE(65_500, frame + 5)
      jpeg.writeUInt16BE(65_500, frame + 7)
    }),
    webp: edited('lossy.webp', (webp) => {
      webp.writeUInt16LE(16_383, 26)
      webp.writeUInt16LE(16_383, 28)
    }),
    gif: edited('corners.gif', (gif) => {
      // Of the screen, and of the frame, which counts where the screen is huge.
      const frame = gif.indexOf(Buffer.from([0x2c, 0, 0, 0, 0]))
      for (const at of [6, 8, frame + 5, frame + 7]) gif.writeUInt16LE(60_000, at)
    }),
    tiff: tiffOf({
      tags: [
        [256, 4, 1, 100_000],
        [257, 4, 1, 100_000],
      ],
    }),
    avif: edited('lossless.avif', (avif) => {
      const size = avif.indexOf('ispe')
      avif.writeUInt32BE(30_000, size + 8)
      avif.writeUInt32BE(30_000, size + 12)
    }),
  }
}

function edited(name: string, edit: (bytes: Buffer) => void): Buffer {
  const bytes = fixture(name)
  edit(bytes)
  return bytes
}

/** A chunk of a PNG. */
export function pngChunk(type: string, data: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type), data])
  return Buffer.concat([uint32(data.length), typed, uint32(crc32(typed))])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** A chunk of a WebP. */
export function riffChunk(type: string, data: Buffer): Buffer {
  return Buffer.concat([Buffer.from(type), uint32(data.length).reverse(), data])
}

/** A WebP of these chunks. */
export function riff(...chunks: Buffer[]): Buffer {
  return riffChunk('RIFF', Buffer.concat([Buffer.from('WEBP'), ...chunks]))
}

export type Tag = [tag: number, type: number, count: number, value: number]

type TiffParts = {
  /** The tags of each page, as they are: in this order, and twice where they are there twice. */
  pages: readonly (readonly Tag[])[]
  isBig?: boolean
  /** Whether the list of pages begins anew at its end. */
  isLoop?: boolean
  /** What the tags point to. */
  data: Buffer
}

/** Where the data of a TIFF begin that these functions make. */
export const dataAt = (isBig: boolean) => (isBig ? 16 : 8)

/** A TIFF of pages with these tags, in the order of the smaller byte first. */
export function tiffOfPages({ pages, isBig = false, isLoop = false, data }: TiffParts): Buffer {
  const [countBytes, entryBytes, offsetBytes] = isBig ? [8, 20, 8] : [2, 12, 4]
  const firstAt = dataAt(isBig) + data.length
  const header = Buffer.alloc(dataAt(isBig))
  header.write(isBig ? 'II+\0\x08\0\0\0' : 'II*\0', 'latin1')
  header.writeUInt32LE(firstAt, isBig ? 8 : 4)
  let at = firstAt
  const directories = pages.map((tags, page) => {
    const bytes = Buffer.alloc(countBytes + tags.length * entryBytes + offsetBytes)
    bytes.writeUInt16LE(tags.length)
    for (const [i, [tag, type, count, value]] of tags.entries()) {
      const entry = countBytes + i * entryBytes
      bytes.writeUInt16LE(tag, entry)
      bytes.writeUInt16LE(type, entry + 2)
      bytes.writeUInt32LE(count, entry + 4)
      bytes.writeUInt32LE(value, entry + 4 + offsetBytes)
    }
    at += bytes.length
    const atEnd = isLoop ? firstAt : 0
    bytes.writeUInt32LE(page < pages.length - 1 ? at : atEnd, bytes.length - offsetBytes)
    return bytes
  })
  return Buffer.concat([header, data, ...directories])
}

/** The tags of a page of 8x8 gray pixels, whose data are the first. */
export function grayPage(isBig = false): Tag[] {
  return [
    [256, 3, 1, 8],
    [257, 3, 1, 8],
    [258, 3, 1, 8],
    [259, 3, 1, 1],
    [262, 3, 1, 1],
    [273, 4, 1, dataAt(isBig)],
    [277, 3, 1, 1],
    [278, 3, 1, 8],
    [279, 4, 1, 64],
  ]
}

/** Pages of 8x8 gray pixels, with tags in the first besides or instead of its own. */
export function tiffOf({ pages = 1, isBig = false, isLoop = false, tags = [] as Tag[] }): Buffer {
  const own = grayPage(isBig)
  const all = new Map([...own, ...tags].map((tag) => [tag[0], tag] as const))
  const first = [...all.values()].toSorted((a, b) => a[0] - b[0])
  const list = [first, ...Array<Tag[]>(pages - 1).fill(own)]
  return tiffOfPages({ pages: list, isBig, isLoop, data: Buffer.alloc(64, 128) })
}

/** A segment of a JPEG. */
export function jpegSegment(marker: number, data: Buffer): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(data.length + 2)
  return Buffer.concat([Buffer.from([0xff, marker]), length, data])
}

/** A gray progressive JPEG whose later scans say that each block has nothing more. */
export function progressive(
  { width, height }: { width: number; height: number },
  scans: number,
): Buffer {
  const blocks = Math.ceil(width / 8) * Math.ceil(height / 8)
  const tables = [
    jpegSegment(0xdb, Buffer.from([0, ...Array(64).fill(16)])),
    jpegSegment(
      0xc2,
      Buffer.from([8, height >> 8, height & 255, width >> 8, width & 255, 1, 1, 0x11, 0]),
    ),
    // One code of one bit each: no difference, and the end of 16,384 blocks and more.
    jpegSegment(0xc4, Buffer.from([0x00, 1, ...Array(15).fill(0), 0])),
    jpegSegment(0xc4, Buffer.from([0x10, 1, ...Array(15).fill(0), 0xe0])),
  ]
  const means = jpegSegment(0xda, Buffer.from([1, 1, 0, 0, 0, 0]))
  const details = jpegSegment(0xda, Buffer.from([1, 1, 0, 1, 63, 0]))
  const flat = Buffer.alloc(Math.ceil(blocks / 8))
  const nothing = Buffer.alloc(Math.ceil((Math.ceil(blocks / 16_384) * 15) / 8))
  const scan = Buffer.concat([details, nothing])
  const repeated = Buffer.alloc(scan.length * scans, scan)
  const ends = [Buffer.from([0xff, 0xd8]), Buffer.from([0xff, 0xd9])] as const
  return Buffer.concat([ends[0], ...tables, means, flat, repeated, ends[1]])
}

type Derived = { type: 'grid' | 'iovl' | 'iden'; from: number[]; data: Buffer }

/**
 * An AVIF whose picture is derived from others by ISO/IEC 23008-12: a grid of tiles, or an overlay. Item 1 is
 * the picture of 32x24 of a fixture; the derived ones follow, and the last is what is shown.
 */
export function derivedAvif(size: Size, derived: Derived[]): Buffer {
  const items = derived.map(({ type, data }) => ({ type, data, extents: 1 }))
  const references = derived.map(({ from }, i) =>
    box('dimg', uint16(i + 2, from.length), uint16(...from)),
  )
  return avifOf({ size, items, references, shown: items.length + 1 })
}

type Items = { type: string; count: number; extents: number; bytes: number }

/** The picture of 32x24 of a fixture with other items, each of so many times the same bytes. */
export function avifWithItems({ type, count, extents, bytes }: Items): Buffer {
  const items = Array.from({ length: count }, (_, i) => {
    return { type, data: i === 0 ? Buffer.alloc(bytes) : undefined, extents }
  })
  const references = items.map((_, i) => box('cdsc', uint16(i + 2, 1, 1)))
  return avifOf({ size: { width: 32, height: 24 }, items, references, shown: 1 })
}

type AvifParts = {
  size: Size
  /** Those beside the first, which is the picture of a fixture. Without data they have those before them. */
  items: { type: string; data: Buffer | undefined; extents: number }[]
  references: Buffer[]
  shown: number
}

function avifOf({ size, items: others, references, shown }: AvifParts): Buffer {
  const plain = fixture('lossless.avif')
  const boxOf = (name: string) => {
    const at = plain.indexOf(name) - 4
    return plain.subarray(at, at + plain.readUInt32BE(at))
  }
  const picture = { type: 'av01', data: boxOf('mdat').subarray(8), extents: 1 }
  const items = [picture, ...others].map((item, i) => ({ ...item, id: i + 1 }))
  const infos = items.map(({ id, type }) => {
    const texts = type === 'mime' ? '\0application/rdf+xml\0' : '\0'
    return fullBox('infe', 2, uint16(id, 0), Buffer.from(type + texts))
  })
  const ownProperties = boxOf('ipco').subarray(8)
  const ispe = fullBox('ispe', 0, uint32(size.width), uint32(size.height))
  const uses = items.map(({ id }) =>
    // The four properties of the fixture, or the size alone.
    id === 1
      ? Buffer.concat([uint16(id), Buffer.from([4, 1, 2, 3, 4])])
      : Buffer.concat([uint16(id), Buffer.from([1, 5])]),
  )
  const properties = box(
    'iprp',
    box('ipco', ownProperties, ispe),
    fullBox('ipma', 0, uint32(items.length), ...uses),
  )
  const start = (dataAt: number) => {
    let [at, next] = [dataAt, dataAt]
    let length = 0
    const places = items.map(({ id, data, extents }) => {
      if (data) {
        at = next
        next += data.length
        length = data.length
      }
      const extent = Buffer.concat([uint32(at), uint32(length)])
      return Buffer.concat([uint16(id, 0, extents), ...Array(extents).fill(extent)])
    })
    const meta = [
      boxOf('hdlr'),
      fullBox('pitm', 0, uint16(shown)),
      fullBox('iloc', 0, Buffer.from([0x44, 0]), uint16(items.length), ...places),
      fullBox('iinf', 0, uint16(items.length), ...infos),
      fullBox('iref', 0, ...references),
      properties,
    ]
    return Buffer.concat([boxOf('ftyp'), fullBox('meta', 0, ...meta)])
  }
  const headBytes = start(0).length + 8
  const data = items.flatMap((item) => item.data ?? [])
  return Buffer.concat([start(headBytes), box('mdat', ...data)])
}

/** What a grid item holds: its rows, columns and size. */
export function gridOf(rows: number, columns: number, { width, height }: Size): Buffer {
  return Buffer.concat([Buffer.from([0, 0, rows - 1, columns - 1]), uint16(width, height)])
}

/** What an overlay item holds: its colour, its size and where each picture lies. */
export function overlayOf(count: number, { width, height }: Size): Buffer {
  return Buffer.concat([uint16(0, 0, 0, 0, 0xffff, width, height), Buffer.alloc(4 * count)])
}

function box(type: string, ...parts: Buffer[]): Buffer {
  const data = Buffer.concat(parts)
  return Buffer.concat([uint32(data.length + 8), Buffer.from(type), data])
}

function fullBox(type: string, version: number, ...parts: Buffer[]): Buffer {
  return box(type, Buffer.from([version, 0, 0, 0]), ...parts)
}

function uint16(...values: number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length)
  for (const [i, value] of values.entries()) bytes.writeUInt16BE(value, 2 * i)
  return bytes
}
