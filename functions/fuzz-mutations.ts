/** Damage to files, at random from a seed: what a stranger, a bad disk or a broken upload may send. */
import { crc32 } from 'node:zlib'
import { boundariesOf } from './fuzz-boundaries.ts'

/** A number from 0 to 1, the same series for the same seed. */
export type Random = () => number

/** Numbers where lengths, sizes and counts go wrong. */
const LIMITS = [0, 1, 2, 7, 8, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000]
LIMITS.push(0xffffff, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff)

/** How far off a length may be. */
const STEPS = [-4, -1, 1, 4, 255]

/** Where sizes and counts stand in most formats. */
const HEADER_BYTES = 64

/** How often a part may be repeated or nested, and the bytes that it then has. */
const MOST_TIMES = 10_000
const MOST_BYTES = 2_000_000

type Mutation = (file: Buffer, random: Random, others: readonly Buffer[]) => Buffer

const MUTATIONS = {
  flipsBits(file, random) {
    const flipped = Buffer.from(file)
    for (let i = upTo(random, 16); i >= 0; i--) {
      const at = upTo(random, file.length)
      flipped[at] = (flipped[at] ?? 0) ^ (1 << upTo(random, 8))
    }
    return flipped
  },
  cuts: (file, random) => file.subarray(0, upTo(random, file.length)),
  dropsPart(file, random) {
    const [from, to] = part(file, random)
    return Buffer.concat([file.subarray(0, from), file.subarray(to)])
  },
  repeatsPart(file, random) {
    const [from, to] = part(file, random)
    const again = Array(1 + upTo(random, 20)).fill(file.subarray(from, to))
    return Buffer.concat([file.subarray(0, to), ...again, file.subarray(to)])
  },
  repeatsPartThousandsOfTimes(file, random) {
    const [from, to] = smallPart(file, random)
    const again = repeated(file.subarray(from, to), MOST_TIMES)
    return Buffer.concat([file.subarray(0, to), again, file.subarray(to)])
  },
  nestsPartThousandsOfTimes(file, random) {
    const [from, to] = smallPart(file, random)
    const middle = from + upTo(random, to - from)
    const times = 1 + upTo(random, MOST_TIMES)
    const before = repeated(file.subarray(from, middle), times)
    const behind = repeated(file.subarray(middle, to), times)
    return Buffer.concat([file.subarray(0, middle), before, behind, file.subarray(middle)])
  },
  putsByteBetweenParts(file, random) {
    const boundaries = boundariesOf(file)
    const byte = Buffer.from([[0, 0xff, random() * 256][upTo(random, 3)] ?? 0])
    const only = random() < 0.5 ? boundaries[upTo(random, boundaries.length)] : undefined
    const places = only === undefined ? boundaries : [only]
    const parts = [0, ...places].map((at, i) => file.subarray(at, places[i] ?? file.length))
    return Buffer.concat(parts.flatMap((each, i) => (i === 0 ? [each] : [byte, each])))
  },
  splices(file, random, others) {
    const other = others[upTo(random, others.length)] ?? file
    const [from, to] = part(other, random)
    const at = upTo(random, file.length)
    const behind = random() < 0.5 ? at : at + to - from
    return Buffer.concat([file.subarray(0, at), other.subarray(from, to), file.subarray(behind)])
  },
  insertsNoise(file, random) {
    const at = upTo(random, file.length)
    const noise = Buffer.from(Array.from({ length: upTo(random, 64) }, () => random() * 256))
    return Buffer.concat([file.subarray(0, at), noise, file.subarray(at)])
  },
  editsHeader(file, random) {
    const edited = Buffer.from(file)
    for (let i = upTo(random, 4); i >= 0; i--) edited[upTo(random, HEADER_BYTES)] = random() * 256
    return edited
  },
  editsNumber(file, random) {
    const edited = Buffer.from(file)
    const bytes = [2, 3, 4][upTo(random, 3)] ?? 4
    if (edited.length < bytes) return edited
    const near = random() < 0.5 ? Math.min(edited.length, 4 * HEADER_BYTES) : edited.length
    const at = upTo(random, near - bytes)
    const limit = LIMITS[upTo(random, LIMITS.length)] ?? 0
    const is = edited.readUIntBE(at, bytes)
    const value = random() < 0.5 ? limit : is + (STEPS[upTo(random, STEPS.length)] ?? 0)
    const fits = ((value % 256 ** bytes) + 256 ** bytes) % 256 ** bytes
    if (random() < 0.5) edited.writeUIntBE(fits, at, bytes)
    else edited.writeUIntLE(fits, at, bytes)
    return edited
  },
  swapsParts(file, random) {
    const [from, to] = part(file, random)
    const middle = from + upTo(random, to - from)
    const [a, b] = [file.subarray(from, middle), file.subarray(middle, to)]
    return Buffer.concat([file.subarray(0, from), b, a, file.subarray(to)])
  },
} satisfies Record<string, Mutation>

const KINDS: readonly Mutation[] = Object.values(MUTATIONS)

const MOST_MUTATIONS = 4

/** Damages one of the files, in one to four ways. A PNG gets its checksums right again, every other time. */
export function mutated(files: readonly Buffer[], random: Random): Buffer {
  let file = files[upTo(random, files.length)] ?? Buffer.alloc(0)
  for (let i = upTo(random, MOST_MUTATIONS); i >= 0; i--) {
    const mutate = KINDS[upTo(random, KINDS.length)] ?? MUTATIONS.cuts
    file = mutate(file, random, files)
  }
  return random() < 0.5 ? withChecksums(file) : file
}

/** The same bytes with the checksums that a PNG would have; otherwise damage would end at them. */
function withChecksums(file: Buffer): Buffer {
  if (file.toString('latin1', 1, 4) !== 'PNG') return file
  const png = Buffer.from(file)
  for (let at = 8; at + 12 <= png.length; ) {
    const end = at + 8 + png.readUInt32BE(at)
    if (end + 4 > png.length) break
    png.writeUInt32BE(crc32(png.subarray(at + 4, end)), end)
    at = end + 4
  }
  return png
}

/** A whole number from 0, below the end. */
function upTo(random: Random, end: number): number {
  return Math.floor(random() * end)
}

function repeated(bytes: Buffer, times: number): Buffer {
  // Buffers are not filled with nothing.
  return bytes.length === 0 ? bytes : Buffer.alloc(times * bytes.length, bytes)
}

/** One that does not become too large when it is repeated. */
function smallPart(file: Buffer, random: Random): [from: number, to: number] {
  const [from, to] = part(file, random)
  return [from, Math.min(to, from + MOST_BYTES / MOST_TIMES)]
}

/** Where a part of a file begins and ends; short ones are as likely as long ones. */
function part(file: Buffer, random: Random): [from: number, to: number] {
  const from = upTo(random, file.length)
  const length = Math.floor(2 ** (random() * Math.log2(Math.max(2, file.length - from))))
  return [from, from + length]
}
