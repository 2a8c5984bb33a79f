import { type CacheUse, FUNCTION_NAMES, type FunctionName, startOf } from './answer-headers.ts'
import type { Exchange } from './exchange.ts'
import { createLatencies, type Latencies } from './latency.ts'

/** What many exchanges come to. */
export type Tally = {
  record: (exchange: Exchange) => void
  requests: () => number
  /** How many had each outcome, the most frequent first; `ok` is a result. */
  outcomes: () => [outcome: string, count: number][]
  /** Of refusals by their outcome, how many said when to come back and how many did not. */
  refusals: () => Map<string, { withRetryAfter: number; without: number }>
  cache: Record<CacheUse, number>
  /** How long each process took to start that answered for the first time, in milliseconds. */
  coldStarts: Record<FunctionName, number[]>
  /** From when each was due to the last byte of its result; failures are not in it. */
  latencies: Latencies
  /** The same of refusals. */
  refusalLatencies: Latencies
}

/** Nothing yet. */
export function createTally(): Tally {
  const outcomes = new Map<string, number>()
  const refusals = new Map<string, { withRetryAfter: number; without: number }>()
  const cache = { hit: 0, miss: 0, collapsed: 0 }
  const coldStarts: Tally['coldStarts'] = { api: [], image: [] }
  const latencies = createLatencies()
  const refusalLatencies = createLatencies()
  let requests = 0

  function recordRefusal(outcome: string, retryAfter: boolean): void {
    const { withRetryAfter, without } = refusals.get(outcome) ?? { withRetryAfter: 0, without: 0 }
    refusals.set(outcome, {
      withRetryAfter: withRetryAfter + (retryAfter ? 1 : 0),
      without: without + (retryAfter ? 0 : 1),
    })
  }

  return {
    record({ outcome, dueMs, endedMs, retryAfter, cache: use, timings }) {
      requests++
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      if (outcome === 'ok') latencies.record(endedMs - dueMs)
      if (retryAfter !== undefined) {
        recordRefusal(outcome, retryAfter)
        refusalLatencies.record(endedMs - dueMs)
      }
      if (use) cache[use]++
      for (const name of FUNCTION_NAMES) {
        const startMs = startOf(name, timings)
        if (startMs !== undefined) coldStarts[name].push(startMs)
      }
    },
    requests: () => requests,
    outcomes: () => [...outcomes].sort(([, a], [, b]) => b - a),
    refusals: () => refusals,
    cache,
    coldStarts,
    latencies,
    refusalLatencies,
  }
}
