import { FUNCTION_NAMES } from './answer-headers.ts'
import type { Bucket, Latencies } from './latency.ts'
import type { LoadArguments } from './load-arguments.ts'
import type { Pictures } from './pictures.ts'
import type { Tally } from './tally.ts'

/** A run that is over, or was stopped. */
export type LoadRun = {
  asked: LoadArguments
  pictures: Pick<Pictures, 'name' | 'bytes'>
  tally: Tally
  elapsedMs: number
  /** Requests under way when it was stopped. */
  notFinished: number
}

/** What is sent where, at which pace, on one line. */
export function loadHeadline(
  { address, pace, seconds, pictures, query }: LoadArguments,
  sent: LoadRun['pictures'],
): string {
  const how = 'rate' in pace ? `${pace.rate}/s` : `${pace.concurrency} at a time`
  const where = `${address.url}/image${query && `?${query}`}${address.host ? ` of ${address.host}` : ''}`
  return `${where}: ${pictures} pictures, ${sent.name} of ${megabytes(sent.bytes)}, ${how} for ${seconds} s`
}

/** The report for people, in lines. */
export function loadReport(run: LoadRun): string[] {
  return [
    totalLine(run),
    ...outcomeLines(run.tally),
    ...cacheLines(run.tally),
    coldStartLine(run.tally),
    ...refusalLines(run.tally),
    ...latencyLines(run.tally),
  ]
}

/** The report for programs; times are in milliseconds. */
export function loadReportJson({
  asked,
  pictures,
  tally,
  elapsedMs,
  notFinished,
}: LoadRun): object {
  const { latencies, refusalLatencies } = tally
  return {
    url: asked.address.url,
    ...(asked.address.host && { host: asked.address.host }),
    query: asked.query,
    ...asked.pace,
    pictures: { kind: asked.pictures, name: pictures.name, bytes: pictures.bytes },
    durationMs: asked.seconds * 1000,
    elapsedMs: Math.round(elapsedMs),
    requests: tally.requests(),
    notFinished,
    requestsPerSecond: perSecond(tally.requests(), elapsedMs),
    results: latencies.count(),
    resultsPerSecond: perSecond(latencies.count(), elapsedMs),
    outcomes: Object.fromEntries(tally.outcomes()),
    refusals: Object.fromEntries(tally.refusals()),
    cache: tally.cache,
    coldStarts: tally.coldStarts,
    refusalLatencyMs: percentilesJson(refusalLatencies),
    latencyMs: {
      mean: latencies.meanMs() ?? null,
      ...percentilesJson(latencies),
      buckets: latencies.buckets(),
    },
  }
}

const PERCENTILES = [
  ['p50', 50],
  ['p90', 90],
  ['p99', 99],
  ['p99.9', 99.9],
  ['max', 100],
] as const

function totalLine({ tally, elapsedMs, notFinished, pictures }: LoadRun): string {
  const requests = tally.requests()
  const seconds = (elapsedMs / 1000).toFixed(1)
  const sent = (perSecond(requests, elapsedMs) * pictures.bytes) / 1e6
  const rest = notFinished > 0 ? `, ${notFinished} not finished` : ''
  return `${requests} requests in ${seconds} s, ${perSecond(requests, elapsedMs)}/s, ${sent.toFixed(1)} MB/s sent${rest}`
}

function perSecond(count: number, elapsedMs: number): number {
  return elapsedMs > 0 ? Math.round((count * 10_000) / elapsedMs) / 10 : 0
}

function outcomeLines(tally: Tally): string[] {
  const outcomes = tally.outcomes()
  const width = Math.max(...outcomes.map(([outcome]) => outcome.length))
  const refusals = tally.refusals()
  return outcomes.map(([outcome, count]) => {
    const refusal = refusals.get(outcome)
    const more = refusal ? `  ${refusal.withRetryAfter} of them with Retry-After` : ''
    return `  ${outcome.padEnd(width)}  ${count}${more}`
  })
}

function cacheLines({ cache }: Tally): string[] {
  const { hit, miss, collapsed } = cache
  if (hit + miss + collapsed === 0) return []
  return [`cache: ${hit} hit, ${miss} miss, ${collapsed} collapsed`]
}

function coldStartLine({ coldStarts }: Tally): string {
  const parts = FUNCTION_NAMES.filter((name) => coldStarts[name].length > 0).map((name) => {
    const times = coldStarts[name].map((ms) => `${Math.round(ms)} ms`)
    return `${name} ${times.length} (${times.join(', ')})`
  })
  return `cold starts: ${parts.join('; ') || 'none seen'}`
}

function percentilesJson(latencies: Latencies): object {
  return Object.fromEntries(
    PERCENTILES.map(([name, percent]) => [name, latencies.percentileMs(percent) ?? null]),
  )
}

function percentilesLine(latencies: Latencies): string {
  return PERCENTILES.map(
    ([name, percent]) => `${name} ${readableMs(latencies.percentileMs(percent) ?? 0)}`,
  ).join(', ')
}

function refusalLines({ refusalLatencies }: Tally): string[] {
  if (refusalLatencies.count() === 0) return []
  return [`latency of refusals: ${percentilesLine(refusalLatencies)}`]
}

function latencyLines({ latencies }: Tally): string[] {
  if (latencies.count() === 0) return []
  return [
    `latency of results: ${percentilesLine(latencies)}`,
    ...latencies.buckets().map(barOf(latencies.buckets())),
  ]
}

/** Columns of the longest bar. */
const BAR_WIDTH = 40

function barOf(buckets: Bucket[]): (bucket: Bucket) => string {
  const most = Math.max(...buckets.map(({ count }) => count))
  return ({ upToMs, count }) => {
    const bar = '█'.repeat(Math.ceil((count / most) * BAR_WIDTH))
    return `  ≤ ${readableMs(upToMs).padStart(8)}  ${bar}${bar && ' '}${count}`
  }
}

/** A latency with no more digits than mean something. */
export function readableMs(ms: number): string {
  if (ms >= 10_000) return `${(ms / 1000).toFixed(1)} s`
  return `${ms < 10 ? Number(ms.toFixed(1)) : Math.round(ms)} ms`
}

function megabytes(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}
