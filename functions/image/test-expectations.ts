/** What Pillow and numpy make of pictures that are made from a seed, as SHA-256 sums. */
import { hash } from 'node:crypto'
import type { ResolvedOptions, Size } from '../contract/options.ts'
import { asPng, noise } from './test-picture.ts'
import { type PillowPython, startPillow } from './test-pillow.ts'
import { AS_IT_IS } from './test-process.ts'

/** The picture is noise of this size and seed; the options are those that differ from AS_IT_IS. */
export type ExpectedJob = { picture: Size; seed: number; options: Partial<ResolvedOptions> }

/** Of each version of Pillow by the option that stands for it, the sum of the numbers. */
export type Expectation = ExpectedJob & { sums: Record<ResolvedOptions['pillow'], string> }

const FILTERS = ['lanczos', 'bicubic', 'bilinear', 'hamming', 'box', 'nearest'] as const
const FITS = ['fill', 'contain', 'cover', 'inside', 'short-side'] as const

/** Sizes on both sides of the rule by which Pillow 13 orders its passes, and of that of Pillow 12. */
const SIZES: [from: Size, to: Size][] = [
  [sized(203, 151), sized(64, 48)],
  [sized(97, 240), sized(90, 31)],
  [sized(31, 22), sized(150, 117)],
  [sized(2, 333), sized(5, 40)],
]

/** Every filter at every size, every fit, and every kind of number. */
export function expectedJobs(): ExpectedJob[] {
  const jobs: ExpectedJob[] = []
  const add = (picture: Size, options: Partial<ResolvedOptions>) =>
    jobs.push({ picture, seed: 100 + jobs.length, options })
  for (const [picture, scale] of SIZES) {
    for (const filter of FILTERS) {
      for (const grayscale of [true, false]) add(picture, { grayscale, scale, filter })
    }
  }
  const square = sized(56, 56)
  for (const fit of FITS) {
    add(sized(120, 161), { grayscale: true, scale: square, fit })
    add(sized(161, 120), { scale: square, fit, crop: sized(40, 61) })
  }
  const colour = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }
  for (const dtype of ['float32', 'float16'] as const) {
    add(sized(80, 60), { scale: square, dtype, layout: 'chw', ...colour })
    add(sized(80, 60), { grayscale: true, dtype, mean: [0.1307], std: [0.3081] })
  }
  return jobs
}

/** Asks a Pillow of each of the two kinds. */
export async function makeExpectations(
  pythons: Record<ResolvedOptions['pillow'], PillowPython>,
): Promise<Expectation[]> {
  const judges = { 12: startPillow(pythons[12].python), 13: startPillow(pythons[13].python) }
  const expectations: Expectation[] = []
  for (const job of expectedJobs()) {
    const source = await expectedSource(job)
    const options = { ...AS_IT_IS, ...job.options }
    const [of12, of13] = await Promise.all([
      judges[12].tensor(source, options),
      judges[13].tensor(source, options),
    ])
    expectations.push({ ...job, sums: { 12: sumOf(of12.data), 13: sumOf(of13.data) } })
  }
  for (const judge of Object.values(judges)) judge.close()
  return expectations
}

/** The picture of a job as a lossless file. */
export function expectedSource({ picture, seed }: ExpectedJob): Promise<Buffer> {
  return asPng(noise(picture, seed))
}

export function sumOf(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex')
}

function sized(width: number, height: number): Size {
  return { width, height }
}
