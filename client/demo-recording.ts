import type { FunctionName } from './answer-headers.ts'
import type { Exchange } from './exchange.ts'
import { type Counts, NONE } from './kube-state.ts'
import { percentile } from './percentile.ts'
import type { ReplicaChange } from './replicas.ts'

export const PHASE_NAMES = [
  'to zero',
  'cold start',
  'image to zero',
  'hit',
  'burst',
  'silence',
] as const
export type PhaseName = (typeof PHASE_NAMES)[number]

/** One part of a demo; it ends where the next begins, the last one with the recording. */
export type Phase = { name: PhaseName; fromMs: number }

/** All that was seen in a demo; every time is one of the same clock. */
export type Recording = {
  startMs: number
  /** Now, or when it was over. */
  endMs: number
  phases: Phase[]
  /** Whether replicas could be seen at all. */
  seesReplicas: boolean
  changes: ReplicaChange[]
  exchanges: Exchange[]
}

/** What happened within a second, or another stretch of time. */
export type Figures = {
  requests: number
  results: number
  hits: number
  p50Ms: number | undefined
  p99Ms: number | undefined
}

/** The figures of what ended from one moment on and before another. */
export function figuresOf({ exchanges }: Recording, fromMs: number, toMs: number): Figures {
  const ended = exchanges.filter(({ endedMs }) => endedMs >= fromMs && endedMs < toMs)
  const results = ended.filter(({ outcome }) => outcome === 'ok')
  const latencies = results.map(({ dueMs, endedMs }) => endedMs - dueMs).sort((a, b) => a - b)
  return {
    requests: ended.length,
    results: results.length,
    hits: results.filter(({ cache }) => cache === 'hit').length,
    p50Ms: percentile(latencies, 50),
    p99Ms: percentile(latencies, 99),
  }
}

/** When a phase began and ended; `undefined` when it did not begin. */
export function phaseTimes(
  { phases, endMs }: Recording,
  name: PhaseName,
): { fromMs: number; toMs: number } | undefined {
  const at = phases.findIndex((phase) => phase.name === name)
  const phase = phases[at]
  return phase && { fromMs: phase.fromMs, toMs: phases[at + 1]?.fromMs ?? endMs }
}

/** How far the replicas of a function were at a moment. */
export function countsAt(recording: Recording, name: FunctionName, atMs: number): Counts {
  const last = changesOf(recording, name).findLast((change) => change.atMs <= atMs)
  return last?.counts ?? NONE
}

/** The changes of one function from one moment on. */
export function changesOf(
  { changes }: Recording,
  name: FunctionName,
  fromMs = Number.NEGATIVE_INFINITY,
): ReplicaChange[] {
  return changes.filter((change) => change.name === name && change.atMs >= fromMs)
}
