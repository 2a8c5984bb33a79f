/**
 * CPU of mode=fast in process, against the pipeline that sharp's documentation suggests, for the same
 * job: 1024x768, gray, JPEG of quality 80. The two run in turn on each picture; the ratio is taken
 * round by round and its median is printed. Then how far the result is from Pillow's.
 */
import './libvips-settings.ts'
import { execFileSync } from 'node:child_process'
import { cpuUsage } from 'node:process'
import sharp from 'sharp'
import { againstGoal, median } from '../bench-figures.ts'
import type { ResolvedOptions } from '../contract/options.ts'
import { resolvedOptionsFromQuery } from '../contract/options-query.ts'
import { type BenchPicture, benchPictures } from './bench-pictures.ts'
import { suggested } from './bench-suggested.ts'
import { createDeadline } from './deadline.ts'
import { processImage } from './process.ts'
import { readSourceHeader } from './source-header.ts'
import { findPillows } from './test-pillow.ts'

const ROUNDS = 15
const JPEG = resolvedOptionsFromQuery(
  'scale=1024x768&grayscale=true&fit=fill&crop=none&filter=lanczos&orient=apply&alpha=drop' +
    '&icc=ignore&format=jpeg&quality=80&mode=fast&pillow=13&dtype=uint8&layout=hwc&mean=0&std=1',
)
const PNG = { ...JPEG, format: 'png' } as const

async function fast(bytes: Buffer, options: ResolvedOptions = JPEG): Promise<Uint8Array> {
  const header = await readSourceHeader(bytes)
  const result = await processImage({ bytes, header }, options, createDeadline(30_000))
  return result.bytes
}

async function cpuMs(work: () => Promise<unknown>): Promise<number> {
  const before = cpuUsage()
  await work()
  const { user, system } = cpuUsage(before)
  return (user + system) / 1000
}

async function compareCpu({ name, bytes, megapixels }: BenchPicture): Promise<number> {
  await suggested(bytes)
  await fast(bytes)
  const rounds: { suggested: number; fast: number }[] = []
  for (let i = 0; i < ROUNDS; i++) {
    rounds.push({
      suggested: await cpuMs(() => suggested(bytes)),
      fast: await cpuMs(() => fast(bytes)),
    })
  }
  const ratio = median(rounds.map((round) => round.fast / round.suggested))
  const [suggestedMs, fastMs] = [
    median(rounds.map((r) => r.suggested)),
    median(rounds.map((r) => r.fast)),
  ]
  console.log(
    `${ratio.toFixed(2)}x  ${fastMs.toFixed(1).padStart(6)} ms against ` +
      `${suggestedMs.toFixed(1).padStart(6)} ms  ${megapixels.toFixed(1).padStart(5)} MP  ${name}`,
  )
  return ratio
}

const PILLOW = `
import io, sys, struct
import numpy
from PIL import Image
def read():
    size, = struct.unpack('>I', sys.stdin.buffer.read(4))
    return Image.open(io.BytesIO(sys.stdin.buffer.read(size)))
wanted = numpy.asarray(read().convert('L').resize((1024, 768), Image.LANCZOS)).astype(int)
for _ in range(2):
    got = numpy.asarray(read().convert('L')).astype(int)
    assert wanted.shape == got.shape, (wanted.shape, got.shape)
    off = abs(wanted - got)
    print(off.mean(), off.max(), (off <= 1).mean() * 100)
`

type Difference = { mean: number; max: number; nearPercent: number }

async function differencesFromPillow(source: Buffer): Promise<[Difference, Difference]> {
  const withSharpsGray = await sharp(source)
    .resize(1024, 768, { fit: 'fill' })
    .grayscale()
    .png()
    .toBuffer()
  const parts = [source, await fast(source, PNG), withSharpsGray]
  const input = Buffer.concat(parts.flatMap((part) => [prefix(part), part]))
  const lines = execFileSync(python, ['-c', PILLOW], { input }).toString().trim().split('\n')
  const [ours, theirs] = lines.map((line) => {
    const [mean = Number.NaN, max = Number.NaN, nearPercent = Number.NaN] = line
      .split(' ')
      .map(Number)
    return { mean, max, nearPercent }
  })
  if (!ours || !theirs) throw new Error(`Pillow said ${lines}`)
  return [ours, theirs]
}

async function compareWithPillow({ name, bytes, megapixels }: BenchPicture): Promise<Difference> {
  const [ours, theirs] = await differencesFromPillow(bytes)
  console.log(
    `${ours.mean.toFixed(3)} mean ${String(ours.max).padStart(3)} max ${ours.nearPercent.toFixed(1)} % ` +
      `within 1; sharp's own gray ${theirs.mean.toFixed(2)} mean ${theirs.max} max  ` +
      `${megapixels.toFixed(1).padStart(5)} MP  ${name}`,
  )
  return ours
}

function prefix(part: Uint8Array): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(part.length)
  return length
}

const python = findPillows([])[0]?.python ?? ''
const pictures = await benchPictures(process.argv[2])

console.log('CPU of mode=fast against sharp().resize().grayscale().jpeg(), in process')
const ratios: number[] = []
for (const picture of pictures) ratios.push(await compareCpu(picture))
console.log(
  `median ${againstGoal(median(ratios), 0.7)}, worst ${againstGoal(Math.max(...ratios), 0.8)}\n`,
)

console.log("Gray levels between mode=fast, format=png and Pillow's convert('L').resize(LANCZOS)")
if (python) {
  const means: number[] = []
  for (const picture of pictures) means.push((await compareWithPillow(picture)).mean)
  const average = means.reduce((sum, mean) => sum + mean, 0) / means.length
  console.log(`mean ${againstGoal(average, 0.3)}, worst ${againstGoal(Math.max(...means), 0.55)}`)
} else {
  console.log(
    'not measured: python3 has no Pillow and numpy (apt-get install python3-pil python3-numpy)',
  )
}
