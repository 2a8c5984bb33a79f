import type { Size } from '../functions/contract/options.ts'

/**
 * A JPEG of this size, always the same bytes: clouds with the grain of a photograph, colour with 4:2:0,
 * some 0.3 bytes per pixel as from a camera. Decoding it is the work of decoding a photograph; making it
 * is little, as its coefficients are written down without any pixels.
 */
export function jpegPicture(size: Size): Buffer {
  const across = Math.ceil(size.width / MCU_SIDE)
  const down = Math.ceil(size.height / MCU_SIDE)
  const bits = createBitWriter(across * down * BLOCKS_PER_MCU * MAX_BLOCK_BYTES)
  const random = createRandom()
  const dc = [0, 0, 0]

  function writeBlock(component: 0 | 1 | 2, x: number, y: number): void {
    const wanted = Math.round(cloud(component, x / across, y / across) / QUANTISER)
    writeDc(bits, wanted - (dc[component] ?? 0))
    dc[component] = wanted
    writeGrain(bits, random, component === 0 ? LUMA_GRAIN : CHROMA_GRAIN)
  }

  for (let y = 0; y < down; y++) {
    for (let x = 0; x < across; x++) {
      for (const [right, below] of LUMA_BLOCKS) writeBlock(0, x + right, y + below)
      writeBlock(1, x, y)
      writeBlock(2, x, y)
    }
  }
  return Buffer.concat([headers(size), bits.end(), Buffer.from([0xff, 0xd9])])
}

/** Four blocks of luma and one of each chroma. */
const MCU_SIDE = 16
const BLOCKS_PER_MCU = 6
const LUMA_BLOCKS = [
  [0, 0],
  [0.5, 0],
  [0, 0.5],
  [0.5, 0.5],
] as const

/** The step of every coefficient. */
const QUANTISER = 6

/** How many coefficients of a block are not zero, and how large the first is; the others fall off. */
type Grain = { coefficients: number; amplitude: number }
const LUMA_GRAIN: Grain = { coefficients: 24, amplitude: 14 }
const CHROMA_GRAIN: Grain = { coefficients: 6, amplitude: 4 }

/** Zeros before a coefficient, and bits of one, that the code has words for. */
const MAX_RUN = 3
const MAX_AC_BITS = 6
const DC_CATEGORIES = 12
const DC_CODE_BITS = 4
const AC_CODE_BITS = 5
const END_OF_BLOCK = MAX_AC_BITS * (MAX_RUN + 1)

/** More than a block can take: 15 bits of DC, 11 for each coefficient, every byte of them stuffed. */
const MAX_BLOCK_BYTES = 96

/** The DC coefficient, 8 times the level above the middle one, of a place in the picture. */
function cloud(component: 0 | 1 | 2, x: number, y: number): number {
  if (component === 1) return 120 * Math.sin(3 * y + 1)
  if (component === 2) return -90 * Math.sin(4 * x + 2 * y)
  return 320 * Math.sin(5 * x + 2 * Math.sin(7 * y)) + 260 * Math.cos(9 * y - 4 * x) - 60
}

function writeDc(bits: BitWriter, difference: number): void {
  const size = bitsOf(difference)
  bits.write(size, DC_CODE_BITS)
  bits.write(magnitude(difference, size), size)
}

function writeGrain(bits: BitWriter, random: () => number, grain: Grain): void {
  let run = 0
  for (let at = 0; at < grain.coefficients; at++) {
    const value = Math.round(((random() + random() - 1) * grain.amplitude) / (1 + at / 6))
    if (value === 0 && run < MAX_RUN) run++
    else {
      const written = value || 1
      const size = bitsOf(written)
      bits.write(run * MAX_AC_BITS + size - 1, AC_CODE_BITS)
      bits.write(magnitude(written, size), size)
      run = 0
    }
  }
  bits.write(END_OF_BLOCK, AC_CODE_BITS)
}

function bitsOf(value: number): number {
  return 32 - Math.clz32(Math.abs(value))
}

/** How JPEG writes a number of this many bits: negative ones count from the lowest up. */
function magnitude(value: number, size: number): number {
  return value < 0 ? value + 2 ** size - 1 : value
}

type BitWriter = { write: (value: number, count: number) => void; end: () => Buffer }

/** Bits from the highest on, with the zero that JPEG puts behind each 255. */
function createBitWriter(maxBytes: number): BitWriter {
  const bytes = Buffer.allocUnsafe(maxBytes)
  let length = 0
  let pending = 0
  let pendingBits = 0

  function write(value: number, count: number): void {
    pending = (pending << count) | value
    pendingBits += count
    while (pendingBits >= 8) {
      pendingBits -= 8
      const byte = (pending >> pendingBits) & 0xff
      bytes[length++] = byte
      if (byte === 0xff) bytes[length++] = 0
    }
    pending &= (1 << pendingBits) - 1
  }

  return {
    write,
    end() {
      write(0x7f, 7)
      return bytes.subarray(0, length)
    },
  }
}

/** Numbers from 0 to 1, the same ones each time (mulberry32). */
function createRandom(): () => number {
  let state = 1
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function headers({ width, height }: Size): Buffer {
  const acSymbols: number[] = []
  for (let run = 0; run <= MAX_RUN; run++) {
    for (let size = 1; size <= MAX_AC_BITS; size++) acSymbols.push((run << 4) | size)
  }
  const dcSymbols = Array.from({ length: DC_CATEGORIES }, (_, size) => size)
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xe0, [...Buffer.from('JFIF\0'), 1, 1, 0, 0, 1, 0, 1, 0, 0]),
    segment(0xdb, [0, ...new Array(64).fill(QUANTISER)]),
    segment(0xc0, [
      ...[8, height >> 8, height & 0xff, width >> 8, width & 0xff, 3],
      ...[1, 0x22, 0],
      ...[2, 0x11, 0],
      ...[3, 0x11, 0],
    ]),
    segment(0xc4, huffmanTable(0x00, DC_CODE_BITS, dcSymbols)),
    segment(0xc4, huffmanTable(0x10, AC_CODE_BITS, [...acSymbols, 0])),
    segment(0xda, [3, 1, 0, 2, 0, 3, 0, 0, 63, 0]),
  ])
}

/** A code whose words all have one length; the symbols have them in order. */
function huffmanTable(id: number, codeBits: number, symbols: readonly number[]): number[] {
  const counts = new Array(16).fill(0)
  counts[codeBits - 1] = symbols.length
  return [id, ...counts, ...symbols]
}

function segment(marker: number, content: readonly number[]): Buffer {
  const length = content.length + 2
  return Buffer.from([0xff, marker, length >> 8, length & 0xff, ...content])
}
