/**
 * mode=exact in process. First how many pixels differ from Pillow's, which must be none: every filter
 * and fit on each picture, and random jobs. Then its CPU for one job (1024x768, gray, PNG) against the
 * pipeline of sharp with the same encoder, and against Pillow; in turn, the ratio taken round by round.
 *
 * After the folder, Pythons can be named that have other Pillows than the installed one.
 */
import './libvips-settings.ts'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpuUsage } from 'node:process'
import { createInterface } from 'node:readline'
import sharp from 'sharp'
import { againstGoal, median } from '../bench-figures.ts'
import type { ResolvedOptions } from '../contract/options.ts'
import { type BenchPicture, benchPictures } from './bench-pictures.ts'
import { randomNumbers } from './test-picture.ts'
import { findPillows, type PillowPython, pillowOption, startPillow } from './test-pillow.ts'
import { pixelsOf, processed } from './test-process.ts'

const FILTERS = ['lanczos', 'bicubic', 'bilinear', 'hamming', 'box', 'nearest'] as const
const FITS = ['fill', 'contain', 'cover', 'inside', 'short-side'] as const
const RANDOM_JOBS = 200
const ROUNDS = 15

type Job = Pick<ResolvedOptions, 'grayscale' | 'fit' | 'filter' | 'scale' | 'crop'>

const wanted = { width: 1024, height: 768 }
const square = { width: 512, height: 512 }

function* jobsOfEach(): Generator<Job> {
  for (const grayscale of [true, false]) {
    for (const filter of FILTERS) {
      yield { grayscale, filter, fit: 'fill', scale: wanted, crop: 'none' }
    }
    for (const fit of FITS) {
      yield { grayscale, filter: 'lanczos', fit, scale: square, crop: 'none' }
    }
    yield { grayscale, filter: 'bilinear', fit: 'short-side', scale: square, crop: square }
  }
}

function randomJob(random: () => number): Job {
  const side = () => 1 + Math.floor(random() ** 2 * 2500)
  const pick = <Value>(values: readonly Value[]) =>
    values[Math.floor(random() * values.length)] as Value
  const [width, height] = [side(), side()]
  const fit = pick(FITS)
  const scale = { width, height: fit === 'short-side' ? width : height }
  return { grayscale: random() < 0.5, filter: pick(FILTERS), fit, scale, crop: 'none' }
}

async function countDifferences(pictures: BenchPicture[], python: PillowPython): Promise<void> {
  const pillow = startPillow(python.python)
  const counts = { jobs: 0, pixels: 0, differing: 0 }
  const compare = async ({ bytes, name }: BenchPicture, job: Job) => {
    const ours = await pixelsOf(bytes, {
      ...job,
      orient: 'ignore',
      pillow: pillowOption(python.version),
    })
    const theirs = await pillow.pixels(bytes, job)
    const same = ours.data.length === theirs.data.length && ours.width === theirs.width
    if (!same) throw new Error(`${name} ${JSON.stringify(job)}: not even the size is Pillow's`)
    counts.jobs++
    counts.pixels += ours.width * ours.height
    for (let at = 0; at < ours.data.length; at++) {
      if (ours.data[at] !== theirs.data[at]) counts.differing++
    }
  }
  for (const picture of pictures) {
    for (const job of jobsOfEach()) await compare(picture, job)
  }
  const random = randomNumbers(7)
  for (let i = 0; i < RANDOM_JOBS; i++) {
    const picture = pictures[i % pictures.length]
    const job = randomJob(random)
    const { width, height } = job.scale as { width: number; height: number }
    // The short side may be far from the long one.
    if (picture && width * height < 16e6) await compare(picture, job)
  }
  pillow.close()
  console.log(
    `Pillow ${python.version.padEnd(7)} ${counts.jobs} jobs, ${(counts.pixels / 1e6).toFixed(0)} ` +
      `megapixels: differing ${againstGoal(counts.differing, 0, 0)}`,
  )
}

/** What sharp's documentation leads to for the job. */
function suggested(source: Buffer): Promise<Buffer> {
  return sharp(source).resize(1024, 768, { fit: 'fill' }).grayscale().png().toBuffer()
}

function exact(source: Buffer): Promise<unknown> {
  return processed(source, { scale: wanted, grayscale: true, format: 'png' })
}

const PILLOW_JOB = `
import base64, io, sys, time
from PIL import Image
source = base64.b64decode(sys.stdin.readline())
for _ in sys.stdin:
    before = time.process_time()
    image = Image.open(io.BytesIO(source)).convert('L').resize((1024, 768), Image.Resampling.LANCZOS)
    image.save(io.BytesIO(), 'PNG')
    print((time.process_time() - before) * 1000, flush=True)
`

/** A Pillow that does the job on one source, each time it is asked, and tells its CPU milliseconds. */
function startPillowJob({ python }: PillowPython, source: Buffer) {
  const child = spawn(python, ['-c', PILLOW_JOB], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface(child.stdout)
  child.stdin.write(`${source.toString('base64')}\n`)
  return {
    async cpuMs() {
      child.stdin.write('\n')
      const [line] = await once(lines, 'line')
      return Number(line)
    },
    close: () => child.stdin.end(),
  }
}

async function cpuMs(work: () => Promise<unknown>): Promise<number> {
  const before = cpuUsage()
  await work()
  const { user, system } = cpuUsage(before)
  return (user + system) / 1000
}

type Ratios = { megapixels: number; suggested: number; pillows: number[] }

async function compareCpu(picture: BenchPicture, pythons: PillowPython[]): Promise<Ratios> {
  const { bytes, megapixels, name } = picture
  const pillows = pythons.map((python) => startPillowJob(python, bytes))
  const rounds: { exact: number; suggested: number; pillows: number[] }[] = []
  for (let i = -2; i < ROUNDS; i++) {
    const round = {
      suggested: await cpuMs(() => suggested(bytes)),
      exact: await cpuMs(() => exact(bytes)),
      pillows: [] as number[],
    }
    for (const pillow of pillows) round.pillows.push(await pillow.cpuMs())
    // The first are to warm up.
    if (i >= 0) rounds.push(round)
  }
  for (const pillow of pillows) pillow.close()
  const ratios = {
    megapixels,
    suggested: median(rounds.map((round) => round.exact / round.suggested)),
    pillows: pythons.map((_, at) =>
      median(rounds.map((round) => round.exact / (round.pillows[at] ?? Number.NaN))),
    ),
  }
  const ms = median(rounds.map((round) => round.exact)).toFixed(1)
  const ofPillows = pythons.map(
    ({ version }, at) => `${ratios.pillows[at]?.toFixed(2)}x of Pillow ${version}`,
  )
  console.log(
    `${ms.padStart(6)} ms  ${ratios.suggested.toFixed(2)}x of sharp's  ${ofPillows.join('  ')}  ` +
      `${megapixels.toFixed(1).padStart(5)} MP  ${name}`,
  )
  return ratios
}

function worst(values: number[]): number {
  return Math.max(...values)
}

const pythons = findPillows(process.argv.slice(3))
const pictures = await benchPictures(process.argv[2])

console.log('Pixels of mode=exact that are not those of Pillow')
for (const python of pythons) await countDifferences(pictures, python)
if (pythons.length === 0) {
  console.log(
    'not compared: no python3 has Pillow and numpy (apt-get install python3-pil python3-numpy)',
  )
}

console.log(
  '\nCPU of mode=exact to PNG, against sharp().resize().grayscale().png() and against Pillow',
)
const ratios: Ratios[] = []
for (const picture of pictures) ratios.push(await compareCpu(picture, pythons))
const small = ratios.filter(({ megapixels }) => megapixels < 3)
const phone = ratios.filter(({ megapixels }) => megapixels >= 11 && megapixels <= 16)
const large = ratios.filter(({ megapixels }) => megapixels >= 11)
const ofSharp = (some: Ratios[]) => some.map(({ suggested }) => suggested)
console.log(
  `of sharp's: median ${againstGoal(median(ofSharp(ratios)), 1.1)}, 2 MP at most ` +
    `${againstGoal(worst(ofSharp(small)), 0.7)}, 12 to 16 MP at most ${againstGoal(worst(ofSharp(phone)), 1.55)}`,
)
for (const [at, { version }] of pythons.entries()) {
  const of = (some: Ratios[]) => median(some.map(({ pillows }) => pillows[at] ?? Number.NaN))
  console.log(
    `of Pillow ${version}: median at 2 MP ${againstGoal(of(small), 1.15)}, from 12 MP on ` +
      `${againstGoal(of(large), 0.85)}`,
  )
}
