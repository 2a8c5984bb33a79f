/** Files that would keep a decoder busy for seconds, were it not for the limits, with containers made odd. */
import { deflateSync } from 'node:zlib'
import {
  avifWithItems,
  dataAt,
  grayPage,
  jpegSegment,
  pngChunk,
  progressive,
  riff,
  riffChunk,
  type Tag,
  tiffOfPages,
} from './test-bombs.ts'
import { fixture } from './test-picture.ts'

/** Numbers of at least 0 and less than 1. */
type Random = () => number

/** What makes one such file of each format. */
export const MUTANTS: Record<string, (random: Random) => Buffer> = {
  jpeg: oddJpeg,
  png: oddPng,
  webp: oddWebp,
  gif: oddGif,
  tiff: oddTiff,
  avif: oddAvif,
}

/** Thousands of scans or millions of segments, with something between the segments before them. */
function oddJpeg(random: Random): Buffer {
  const jpeg = progressive({ width: 4000, height: 3000 }, pick(random, [10, 90, 3000]))
  const scansAt = jpeg.indexOf(Buffer.from([0xff, 0xda]))
  const head = segmentsOf(jpeg.subarray(2, scansAt))
  const empty = jpegSegment(pick(random, [0xe1, 0xe2, 0xfe, 0xdd]), Buffer.alloc(0))
  if (random() < 0.4) head.push(Buffer.alloc(6_000_000 * 4, empty))
  const strays = [
    [0x00],
    [0x41, 0x42, 0x43],
    [0xff],
    [0xff, 0x00],
    [0xff, 0xff, 0x00, 0x01],
    [0xff, 0x01],
    [0xff, 0xd0 + int(random, 8)],
    [0xff, 0xe0 + int(random, 16), 0x00, int(random, 3)],
    [0xff, int(random, 256), int(random, 2), int(random, 256)],
  ]
  // What comes first says that it is a JPEG.
  for (let i = int(random, 4); i > 0; i--) {
    head.splice(1 + int(random, head.length), 0, Buffer.from(pick(random, strays)))
  }
  if (random() < 0.2) head.push(...head.splice(1, int(random, head.length)))
  return Buffer.concat([jpeg.subarray(0, 2), ...head, jpeg.subarray(scansAt)])
}

function segmentsOf(head: Buffer): Buffer[] {
  const segments: Buffer[] = []
  for (let at = 0; at < head.length; ) {
    const end = at + 2 + head.readUInt16BE(at + 2)
    segments.push(head.subarray(at, end))
    at = end
  }
  return segments
}

/** Eight blocks of deflate, each with tables of its own, and nothing in any of them. */
const EMPTY_BLOCKS = Buffer.from(
  '04c081000000000090ff6b100007020000000040feaf41001c080000000000f9bf060170200000000000e4ff1a04c081000000000090ff6b100007020000000040feaf41001c080000000000f9bf060170200000000000e4ff1a',
  'hex',
)

/** What unpacks to megabytes; what takes long and unpacks to nothing; and what is not packed. */
const PACKED = [
  deflateSync(Buffer.alloc(7_900_000)),
  Buffer.concat([Buffer.from([0x78, 0x9c]), Buffer.alloc(1_900_000, EMPTY_BLOCKS)]),
  Buffer.alloc(1_900_000, 'a'),
]

/** Texts and profiles that unpack to megabytes, or slowly to nothing, with odd keywords and methods. */
function oddPng(random: Random): Buffer {
  const png = fixture('palette.png')
  const chunk = () => {
    const before = pick(random, [
      'k\0\0',
      'k\0\x01',
      'k\0\x01\0\0\0',
      'k\0\0\0\0\0',
      'k\0\x01\0de\0k\0',
      '\0\0',
      `${'k'.repeat(79)}\0\0`,
      'k'.repeat(200),
    ])
    const type = pick(random, ['zTXt', 'iTXt', 'iCCP', 'tEXt', 'eXIf', 'sPLT', 'abCd'])
    return pngChunk(type, Buffer.concat([Buffer.from(before, 'latin1'), pick(random, PACKED)]))
  }
  const chunks = Array.from({ length: 1 + int(random, 12) }, chunk)
  return Buffer.concat([png.subarray(0, 33), ...chunks, png.subarray(33)])
}

/** Thousands of frames that lie about where they end, with other chunks in and between them. */
function oddWebp(random: Random): Buffer {
  const webp = fixture('animated.webp')
  const frameAt = webp.indexOf('ANMF')
  const frameEnd = frameAt + 8 + webp.readUInt32LE(frameAt + 4)
  const frame = webp.subarray(frameAt, frameEnd + ((frameEnd - frameAt) & 1))
  const odd = pick(random, [
    Buffer.alloc(0),
    riffChunk(pick(random, ['ABCD', 'VP8L', 'ALPH', 'ANIM', 'EXIF', 'VP8X']), Buffer.alloc(0)),
    riffChunk('ABCD', Buffer.alloc(2 * int(random, 9))),
  ])
  const every = pick(random, [1, 100, 20_000])
  const frames = pick(random, [50, 900, 60_000])
  const unit = Buffer.concat([...Array(Math.min(every, frames)).fill(frame), odd])
  const body = Buffer.alloc(Math.ceil(frames / every) * unit.length, unit)
  const toTheEnd = random() < 0.6
  const length = pick(random, [frame.length - 8, frame.length - 8 + odd.length, 16, 1 << 24])
  for (let at = body.indexOf('ANMF'); at >= 0; at = body.indexOf('ANMF', at + frame.length)) {
    body.writeUInt32LE(toTheEnd ? body.length - at - 8 : length, at + 4)
  }
  return riff(webp.subarray(12, frameAt), odd, body)
}

/** A million frames behind and between extensions of any label, head and blocks. */
function oddGif(random: Random): Buffer {
  const screen = Buffer.from('GIF89a\x20\0\x18\0\x80\0\0\0\0\0\xff\xff\xff', 'latin1')
  const frame = Buffer.from(',\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0', 'latin1')
  const extension = () => {
    const headBytes = pick(random, [0, 1, 4, 11, 200])
    const label = pick(random, [0x01, 0x07, 0xf9, 0xfe, 0xff])
    const head = Buffer.from([0x21, label, headBytes, ...Array(headBytes).fill(int(random, 90))])
    const blocks = pick(random, ['', '\x02hi', ';'.padEnd(60, 'x'), '\x01a'.repeat(30)])
    return Buffer.concat([head, Buffer.from(`${blocks}\0`, 'latin1')])
  }
  const unit = Buffer.concat([random() < 0.5 ? extension() : Buffer.alloc(0), frame])
  const frames = Buffer.alloc(pick(random, [100, 4000, 1_500_000]) * unit.length, unit)
  return Buffer.concat([screen, ...Array(int(random, 3)).fill(extension()), frames])
}

/** Pages that share data or tags, with tags in any order, of any type, there twice, or without end. */
function oddTiff(random: Random): Buffer {
  const isBig = random() < 0.5
  const [count, ofPage, bytes] = pick(random, [
    [3, 3, 100],
    [1000, 40, 1_000_000],
    [4000, 200, 4],
    [200, 3, 100],
    [1, 4000, 4],
  ] as const)
  const odd = (i: number): Tag => [
    pick(random, [40_000 + i, 40_000 + i, 40_000, 259, 273, 279, 324, 325, 330, 34_665]),
    pick(random, [1, 2, 3, 4, 7, 0, 13, 16, 99]),
    bytes,
    pick(random, [dataAt(isBig), 0, 1 << 20]),
  ]
  const tags = () => {
    const own = [
      ...grayPage(isBig),
      ...Array.from({ length: int(random, ofPage) }, (_, i) => odd(i)),
    ]
    return random() < 0.5 ? own.toSorted((a, b) => a[0] - b[0]) : own
  }
  const [first, other] = [random() < 0.7 ? grayPage(isBig) : tags(), tags()]
  const pages = [first, ...Array<Tag[]>(count - 1).fill(other)]
  const tiff = tiffOfPages({ pages, isBig, isLoop: random() < 0.2, data: Buffer.alloc(1 << 21, 1) })
  return random() < 0.2 ? tiff.subarray(0, -1 - int(random, 9)) : tiff
}

/** Items that share their bytes, in boxes of which one is another, there twice, or of another size. */
function oddAvif(random: Random): Buffer {
  const avif = avifWithItems({
    type: pick(random, ['mime', 'Exif', 'abcd', 'av01']),
    count: pick(random, [2, 20, 250]),
    extents: pick(random, [1, 8, 31]),
    bytes: pick(random, [100, 100_000, 300_000]),
  })
  const names = ['meta', 'iloc', 'iinf', 'infe', 'iref', 'iprp', 'mdat', 'hdlr']
  const places = names.map((name) => avif.indexOf(name))
  if (random() < 0.4) avif.write(pick(random, names), pick(random, places))
  if (random() < 0.3) avif.writeUInt32BE(pick(random, [0, 1, 7]), pick(random, places) - 4)
  if (random() < 0.3) avif[pick(random, places) + 4 + int(random, 6)] = int(random, 9)
  const free = Buffer.from('\0\0\0\x08free', 'latin1')
  const boxes = Buffer.alloc(pick(random, [0, 0, 8, 24_000_000]), free)
  return Buffer.concat([avif, boxes])
}

function pick<Item>(random: Random, items: readonly Item[]): Item {
  return items[int(random, items.length)] as Item
}

/** A whole number of at least 0 and less than this. */
function int(random: Random, end: number): number {
  return Math.floor(random() * end)
}
