/**
 * What the service still does when it is asked for ten times what it can: its results per second at
 * that load against those at its capacity, how fast the rest is refused, and the memory of both
 * functions. The pictures are distinct, so that nothing is answered from a store. The clients have the
 * second half of the machine's cores and the service the first, as sending ten times the load would
 * take the time of the service on the same ones. Linux only, with two cores or more.
 */
import { execFileSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { againstGoal, againstLowest, median } from './bench-figures.ts'
import { startBoth } from './bench-service.ts'

const ROUNDS = 5
const SECONDS = 8
const CONCURRENCY = 8
const OVERLOAD = 10

const CLIENT = join(import.meta.dirname, '..', 'client', 'main.ts')
const PICTURE = join(import.meta.dirname, 'image', 'fixtures', 'sample.jpg')

const half = Math.floor(availableParallelism() / 2)

runOn(0, half - 1)
await using both = await startBoth({ LOG_LEVEL: 'silent' })
const { image, api } = both
runOn(half, 2 * half - 1)

load('--concurrency', CONCURRENCY)
const rounds = Array.from({ length: ROUNDS }, () => {
  const capacity = load('--concurrency', CONCURRENCY)
  const overload = load('--rate', Math.round(capacity.resultsPerSecond * OVERLOAD))
  const { ok, overloaded, ...others } = overload.outcomes
  console.log(
    `capacity ${capacity.resultsPerSecond}/s; at ${OVERLOAD} times that ${overload.resultsPerSecond}/s, ` +
      `${overloaded} refused, p99 after ${overload.refusalLatencyMs.p99} ms, else ${JSON.stringify(others)}`,
  )
  return {
    goodput: overload.resultsPerSecond / capacity.resultsPerSecond,
    refusalMs: overload.refusalLatencyMs.p99,
  }
})

const goodput = median(rounds.map((round) => round.goodput))
const refusalMs = median(rounds.map((round) => round.refusalMs))
console.log(`results at ${OVERLOAD} times the capacity: ${againstLowest(goodput, 0.9)}`)
console.log(`refused within, 99th percentile, ms: ${againstGoal(refusalMs, 50, 0)}`)
for (const [name, service] of Object.entries({ image, api })) {
  const { now, peak } = await service.memoryMb()
  console.log(`${name} MB now ${now.toFixed(0)}, peak ${peak.toFixed(0)}`)
}

/** Lets this process, and what it starts from now on, run on these cores alone. */
function runOn(first: number, last: number): void {
  execFileSync('taskset', ['-apc', `${first}-${last}`, String(process.pid)], { stdio: 'ignore' })
}

type Load = {
  resultsPerSecond: number
  outcomes: { ok: number; overloaded?: number; [code: string]: number | undefined }
  refusalLatencyMs: { p99: number }
}

function load(pace: string, value: number): Load {
  const url = `http://127.0.0.1:${api.port}`
  const pictures = ['--picture', PICTURE, '--format', 'png', '--scale', '2000x1500']
  const flags = ['--url', url, ...pictures, '--duration', String(SECONDS), '--json']
  const args = [CLIENT, 'load', ...flags, pace, String(value)]
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }))
}
