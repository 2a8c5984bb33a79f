/** Sends files to both functions, as processes, and looks at what comes of it. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type BenchService, startService } from './bench-service.ts'

/** A file, the query that it is sent with, and a name that finds it again. */
export type Input = { name: string; bytes: Buffer; query: string }

export type FuzzReport = {
  inputs: number
  /** How many answers there were of each kind: `200`, or status and code. */
  counts: Record<string, number>
  /** Answers that bad bytes must not have: 5xx but for `overloaded`, none at all, or no problem. */
  bad: string[]
  /** How the functions ended that should still run. */
  crashes: string[]
  slowest: { ms: number; name: string }
  /** Resident memory of each function in megabytes, every few seconds. */
  memory: MemorySample[]
  peakMb: Record<'image' | 'api', number>
}

export type MemorySample = { seconds: number; image: number; api: number }

const SAMPLE_MS = 5000

export type FuzzOptions = {
  inFlight: number
  /** Where the inputs with bad answers are kept. */
  folder?: string
}

/** What varies the path through the pipelines. */
export const QUERIES = [
  '',
  'format=png',
  'preset=imagenet-224',
  'preset=clip-224&format=png&orient=ignore',
  'scale=none&format=raw&grayscale=false',
  'scale=200x150&icc=convert&alpha=%23ffffff&format=png',
  'scale=40x30&mode=fast&format=webp&grayscale=false',
  'scale=40x30&mode=fast&format=jpeg&icc=convert',
  'scale=50x50&fit=contain&filter=nearest&format=npy&pillow=12',
  'scale=9x7&fit=cover&mode=fast&alpha=%23102030&format=jpeg',
] as const

const GOOD_OR_REFUSED = /^(200|4\d\d|503 overloaded)/

/** Sends all inputs to functions that it starts and stops. */
export async function fuzz(
  inputs: Iterable<Input>,
  { inFlight, folder }: FuzzOptions,
): Promise<FuzzReport> {
  await using image = await startService('image/main.ts')
  await using api = await startService('api/main.ts', {
    IMAGE_FUNCTION_URL: `http://127.0.0.1:${image.port}`,
    STORE: 'none',
  })
  const report: FuzzReport = {
    inputs: 0,
    counts: {},
    bad: [],
    crashes: [],
    slowest: { ms: 0, name: '' },
    memory: [],
    peakMb: { image: 0, api: 0 },
  }
  const services = { image, api }
  const beganMs = performance.now()
  const weigh = async () => {
    if (Object.values(services).some(hasEnded)) return
    const [ofImage, ofApi] = await Promise.all([image.memoryMb(), api.memoryMb()])
    const seconds = (performance.now() - beganMs) / 1000
    report.memory.push({ seconds, image: ofImage.now, api: ofApi.now })
    report.peakMb = { image: ofImage.peak, api: ofApi.peak }
  }
  const timer = setInterval(() => void weigh(), SAMPLE_MS)

  // One iterator for all that send.
  const queue = inputs[Symbol.iterator]()
  const send = async () => {
    for (let next = queue.next(); !next.done; next = queue.next()) {
      const startMs = performance.now()
      const kind = await answerTo(
        `http://127.0.0.1:${api.port}/image?${next.value.query}`,
        next.value,
      )
      const ms = performance.now() - startMs
      note(report, next.value, kind, ms, folder)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, send))
  clearInterval(timer)
  await weigh()
  for (const [name, service] of Object.entries(services)) {
    if (hasEnded(service)) {
      report.crashes.push(`${name}: ${service.child.signalCode ?? service.child.exitCode}`)
    }
  }
  return report
}

function note(
  report: FuzzReport,
  { name, bytes, query }: Input,
  kind: string,
  ms: number,
  folder: string | undefined,
): void {
  report.inputs++
  report.counts[kind] = (report.counts[kind] ?? 0) + 1
  if (ms > report.slowest.ms) report.slowest = { ms, name: `${name}?${query}` }
  if (GOOD_OR_REFUSED.test(kind)) return
  report.bad.push(`${kind}: ${name}?${query}`)
  if (!folder) return
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, name.replaceAll('/', '_')), bytes)
}

/** `200`, or status and code of a problem; what is neither is told in words. */
async function answerTo(url: string, { bytes }: Input): Promise<string> {
  try {
    const answer = await fetch(url, { method: 'POST', body: new Uint8Array(bytes) })
    const body = Buffer.from(await answer.arrayBuffer())
    if (answer.status !== 200) return `${answer.status} ${JSON.parse(body.toString()).code}`
    const hasAll = body.length > 0 && answer.headers.has('Image-Result')
    return hasAll ? '200' : 'a 200 without a result'
  } catch (error) {
    return `no answer (${error instanceof Error ? (error.cause ?? error.message) : error})`
  }
}

function hasEnded({ child }: BenchService): boolean {
  return child.exitCode !== null || child.signalCode !== null
}
