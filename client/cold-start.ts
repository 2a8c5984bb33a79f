import { FUNCTION_NAMES, type FunctionName } from './answer-headers.ts'
import { changesOf, countsAt, phaseTimes, type Recording } from './demo-recording.ts'
import type { Exchange } from './exchange.ts'
import { STAGES } from './kube-state.ts'

/** One thing that a cold start waited for, and when it was there: milliseconds after the request was sent. */
export type ColdStartStep = { what: string; name?: FunctionName; afterMs: number }

/** The first request of a demo, from zero. */
export type ColdStart = { exchange: Exchange; steps: ColdStartStep[] }

const STAGE_WORDS = {
  wanted: 'wanted',
  scheduled: 'pod scheduled',
  started: 'containers started',
  ready: 'ready',
} as const

/** The cold start of a demo, step by step; `undefined` before it was answered. */
export function coldStartOf(recording: Recording): ColdStart | undefined {
  const times = phaseTimes(recording, 'cold start')
  const exchange = recording.exchanges.find(({ dueMs }) => times && dueMs >= times.fromMs)
  if (!exchange) return undefined
  const seen = FUNCTION_NAMES.flatMap((name) => stepsOf(recording, name, exchange.dueMs))
  const answered = { what: 'answered', afterMs: exchange.endedMs - exchange.dueMs }
  return { exchange, steps: [...seen, answered].sort((a, b) => a.afterMs - b.afterMs) }
}

/** When the first replica of a function reached each stage, of those that none had reached before. */
function stepsOf(recording: Recording, name: FunctionName, sentMs: number): ColdStartStep[] {
  const before = countsAt(recording, name, sentMs)
  const until = phaseTimes(recording, 'cold start')?.toMs ?? recording.endMs
  const changes = changesOf(recording, name, sentMs).filter(({ atMs }) => atMs <= until)
  return STAGES.flatMap((stage, at) => {
    // Deployments and pods are told by two programs: who has a pod was wanted, told or not.
    const reached = STAGES.slice(at)
    const first = changes.find(({ counts }) => reached.some((later) => counts[later] > 0))
    const what = `${name} ${STAGE_WORDS[stage]}`
    return first && before[stage] === 0 ? [{ what, name, afterMs: first.atMs - sentMs }] : []
  })
}
