/** Sends files to both functions, as processes, and looks at what comes of it. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type BenchService, type BothServices, startBoth } from './bench-service.ts'
import { faultOf } from './fuzz-verdict.ts'

/** A file, the query that it is sent with, and a name that finds it again. */
export type Input = { name: string; bytes: Buffer; query: string }

export type FuzzReport = {
  inputs: number
  /** How many answers there were of each kind: `200`, or status and code. */
  counts: Record<string, number>
  /** Answers that bad bytes must not have, and those that came too late. */
  bad: string[]
  /** How the functions ended that should still run. */
  crashes: string[]
  slowest: { ms: number; name: string }
  /** Resident memory of each function in megabytes, every few seconds. */
  memory: MemorySample[]
  peakMb: EachFunction
  /** Once all was answered. */
  restMb: EachFunction
}

type EachFunction = Record<'image' | 'api', number>

export type MemorySample = EachFunction & { seconds: number }

export type FuzzOptions = {
  inFlight: number
  /** Where the inputs with bad answers are kept. */
  folder?: string
  imageEnvironment?: Record<string, string>
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

/** Sends all inputs to functions that it starts and stops. */
export async function fuzz(inputs: Iterable<Input>, options: FuzzOptions): Promise<FuzzReport> {
  await using both = await startBoth({}, options.imageEnvironment)
  const nothing = { image: 0, api: 0 }
  const report: FuzzReport = {
    inputs: 0,
    counts: {},
    bad: [],
    crashes: [],
    slowest: { ms: 0, name: '' },
    memory: [],
    peakMb: nothing,
    restMb: nothing,
  }
  const stopWatching = watchMemory(both, report)
  await sendAll(inputs, `http://127.0.0.1:${both.api.port}/image`, options, report)
  await stopWatching()
  for (const name of ['image', 'api'] as const) {
    const { signalCode, exitCode } = both[name].child
    if (hasEnded(both[name])) report.crashes.push(`${name}: ${signalCode ?? exitCode}`)
  }
  return report
}

async function sendAll(
  inputs: Iterable<Input>,
  url: string,
  { inFlight, folder }: FuzzOptions,
  report: FuzzReport,
): Promise<void> {
  // One iterator for all that send.
  const queue = inputs[Symbol.iterator]()
  const send = async () => {
    for (let next = queue.next(); !next.done; next = queue.next()) {
      const input = next.value
      const startMs = performance.now()
      const kind = await answerTo(`${url}?${input.query}`, input)
      const isBad = note(report, input, kind, performance.now() - startMs)
      if (isBad && folder) keep(folder, input)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, send))
}

/** Counts an answer; whether it is a bad one. */
function note(report: FuzzReport, { name, query }: Input, kind: string, ms: number): boolean {
  report.inputs++
  report.counts[kind] = (report.counts[kind] ?? 0) + 1
  if (ms > report.slowest.ms) report.slowest = { ms, name: `${name}?${query}` }
  const fault = faultOf(kind, ms)
  if (fault) report.bad.push(`${fault}: ${name}?${query}`)
  return fault !== undefined
}

function keep(folder: string, { name, bytes }: Input): void {
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

const SAMPLE_MS = 5000

/** How long freed memory may take to be given back. */
const REST_MS = 5000

/** Looks at the memory of both now and again, until what is returned is called; that waits for the end of it. */
function watchMemory({ image, api }: BothServices, report: FuzzReport): () => Promise<void> {
  const beganMs = performance.now()
  const look = async () => {
    if (hasEnded(image) || hasEnded(api)) return
    const [ofImage, ofApi] = await Promise.all([image.memoryMb(), api.memoryMb()])
    report.peakMb = { image: ofImage.peak, api: ofApi.peak }
    report.restMb = { image: ofImage.now, api: ofApi.now }
    const seconds = (performance.now() - beganMs) / 1000
    report.memory.push({ seconds, ...report.restMb })
  }
  // One that ends in the meantime cannot be looked at; it is told as a crash.
  const timer = setInterval(() => void look().catch(() => {}), SAMPLE_MS)
  return async () => {
    clearInterval(timer)
    await look()
    const duringLoad = report.memory.length
    await new Promise((rested) => setTimeout(rested, REST_MS))
    await look()
    report.memory.length = duringLoad
  }
}

function hasEnded({ child }: BenchService): boolean {
  return child.exitCode !== null || child.signalCode !== null
}
