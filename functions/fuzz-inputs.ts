import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { mutated, type Random } from './fuzz-mutations.ts'
import { type Input, QUERIES } from './fuzz-service.ts'

/** Of larger ones a run would have fewer inputs than it needs. */
const MAX_SEED_BYTES = 1_000_000

/** Small pictures of every format. */
const FIXTURES = join(import.meta.dirname, 'image', 'fixtures')

/**
 * Damaged pictures of every format, or files of another folder, each with one of the queries. Number `i` is
 * the same for a seed.
 */
export function* damagedInputs(seed: number, count: number, folder = FIXTURES): Generator<Input> {
  const files = filesIn(folder)
    .map((path) => readFileSync(path))
    .filter(({ length }) => length <= MAX_SEED_BYTES)
  for (let i = 0; i < count; i++) {
    const random = numbersFrom(seed * 1_000_003 + i)
    const query = QUERIES[Math.floor(random() * QUERIES.length)] ?? ''
    yield { name: `seed-${seed}-input-${i}`, bytes: mutated(files, random), query }
  }
}

/** Whole pictures and damaged ones in turn, for some minutes. */
export function* mixedInputs(seed: number, minutes: number): Generator<Input> {
  const whole = filesIn(FIXTURES).map((path) => ({ name: path, bytes: readFileSync(path) }))
  const endMs = performance.now() + minutes * 60_000
  for (const damaged of damagedInputs(seed, Number.MAX_SAFE_INTEGER)) {
    if (performance.now() > endMs) return
    yield damaged
    const picture = whole[damaged.bytes.length % whole.length]
    if (picture) yield { ...picture, query: damaged.query }
  }
}

/** Each file of a folder as it is, with one query after the other. */
export function* filesAsTheyAre(folder: string): Generator<Input> {
  for (const [i, path] of filesIn(folder).entries()) {
    const query = QUERIES[i % QUERIES.length] ?? ''
    yield { name: relative(folder, path), bytes: readFileSync(path), query }
  }
}

/** All files of a folder and those within. */
export function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function numbersFrom(seed: number): Random {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
