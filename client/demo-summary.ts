import { FUNCTION_NAMES, type FunctionName, startOf } from './answer-headers.ts'
import { coldStartOf } from './cold-start.ts'
import {
  changesOf,
  countsAt,
  figuresOf,
  type PhaseName,
  phaseTimes,
  type Recording,
} from './demo-recording.ts'
import type { Exchange } from './exchange.ts'
import { STAGES } from './kube-state.ts'
import { readableMs } from './load-report.ts'
import type { ReplicaChange } from './replicas.ts'

/** What is to be seen in a phase, said when it begins. */
export const PHASE_WORDS: Record<PhaseName, string> = {
  'to zero': 'nothing is sent until both functions are at zero',
  'cold start': 'one picture, from zero',
  'image to zero': 'nothing is sent until the image function is at zero',
  hit: 'the same picture again',
  burst: 'distinct pictures, each another',
  silence: 'nothing is sent until both functions are at zero again',
}

/** What was seen in a phase that is over, in lines. */
export function phaseSummary(recording: Recording, name: PhaseName): string[] {
  const times = phaseTimes(recording, name)
  return times ? SUMMARIES[name](recording, times) : []
}

type Times = { fromMs: number; toMs: number }

const SUMMARIES: Record<PhaseName, (recording: Recording, times: Times) => string[]> = {
  'to zero': zeroLines,
  'cold start': coldStartLines,
  'image to zero': zeroLines,
  hit: hitLines,
  burst: burstLines,
  silence: silenceLines,
}

function zeroLines(recording: Recording, { fromMs, toMs }: Times): string[] {
  const took = seconds(toMs - fromMs)
  if (!recording.seesReplicas) return [`${took} of silence`]
  const states = FUNCTION_NAMES.map(
    (name) => `${name} at ${countsAt(recording, name, toMs).wanted}`,
  )
  return [`${states.join(', ')} after ${took}`]
}

function coldStartLines(recording: Recording): string[] {
  const coldStart = coldStartOf(recording)
  if (!coldStart) return []
  const steps = [{ what: 'request sent', afterMs: 0 }, ...coldStart.steps]
  return [
    ...steps.map(({ what, afterMs }) => `${String(Math.round(afterMs)).padStart(6)} ms  ${what}`),
    `Server-Timing in ms: ${timingsOf(coldStart.exchange) || 'none'}`,
  ]
}

function timingsOf({ timings }: Exchange): string {
  return [...timings].map(([name, ms]) => `${name} ${Math.round(ms)}`).join(', ')
}

function hitLines(recording: Recording, times: Times): string[] {
  const exchange = recording.exchanges.find(({ dueMs }) => dueMs >= times.fromMs)
  if (!exchange) return []
  const tookMs = exchange.endedMs - exchange.dueMs
  const apiStart = startOf('api', exchange.timings)
  const parts = [
    `${exchange.cache ?? 'answered'} in ${readableMs(tookMs)}`,
    ...(apiStart === undefined ? [] : ['with a cold start of the api']),
    ...(recording.seesReplicas ? [imageAfterHit(recording, times)] : []),
  ]
  return [parts.join(', ')]
}

function imageAfterHit(recording: Recording, { fromMs, toMs }: Times): string {
  if (countsAt(recording, 'image', fromMs).wanted > 0) return 'the image function was not at zero'
  const started = changesOf(recording, 'image', fromMs).some(
    ({ counts, atMs }) => atMs < toMs && counts.wanted > 0,
  )
  return started ? 'the image function was started' : 'the image function stayed at zero'
}

function burstLines(recording: Recording, { fromMs, toMs }: Times): string[] {
  const { requests, results, p50Ms, p99Ms } = figuresOf(recording, fromMs, toMs)
  const rate = (results * 1000) / (toMs - fromMs)
  return [
    `${results} results of ${requests} requests in ${seconds(toMs - fromMs)}, ${rate.toFixed(1)}/s`,
    ...(p50Ms === undefined ? [] : [`p50 ${readableMs(p50Ms)}, p99 ${readableMs(p99Ms ?? p50Ms)}`]),
    ...failureLines(recording, fromMs, toMs),
    ...(recording.seesReplicas
      ? FUNCTION_NAMES.map((name) => growthLine(recording, name, fromMs, toMs))
      : []),
  ]
}

function failureLines({ exchanges }: Recording, fromMs: number, toMs: number): string[] {
  const counts = new Map<string, number>()
  for (const { outcome, endedMs } of exchanges) {
    if (outcome === 'ok' || endedMs < fromMs || endedMs >= toMs) continue
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
  }
  return counts.size === 0
    ? []
    : [[...counts].map(([name, count]) => `${count} ${name}`).join(', ')]
}

/** When each further replica was ready, in seconds of the burst. */
function growthLine(
  recording: Recording,
  name: FunctionName,
  fromMs: number,
  toMs: number,
): string {
  const before = countsAt(recording, name, fromMs).ready
  let most = before
  const growth: string[] = []
  for (const { atMs, counts } of changesOf(recording, name, fromMs)) {
    if (atMs >= toMs || counts.ready <= most) continue
    most = counts.ready
    growth.push(`${most} after ${seconds(atMs - fromMs)}`)
  }
  return `${name}: ${[`${before} at first`, ...growth].join(', ')}`
}

function silenceLines(recording: Recording, { fromMs, toMs }: Times): string[] {
  if (!recording.seesReplicas) return [`${seconds(toMs - fromMs)} of silence`]
  return FUNCTION_NAMES.map((name) => {
    const changes = changesOf(recording, name).filter(({ atMs }) => atMs < toMs)
    const runs = ({ counts }: ReplicaChange) => STAGES.some((stage) => counts[stage] > 0)
    // What comes after it is of pods on their way out.
    const zero = changes[changes.findLastIndex(runs) + 1]
    if (!zero) {
      return `${name} is still at ${changes.at(-1)?.counts.wanted ?? 0}; is its min-scale above 0?`
    }
    return `${name} at zero ${seconds(Math.max(0, zero.atMs - fromMs))} after the last answer`
  })
}

/** A stretch of time in seconds, for people. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
