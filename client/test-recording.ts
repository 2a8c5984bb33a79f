import type { FunctionName } from './answer-headers.ts'
import type { PhaseName, Recording } from './demo-recording.ts'
import type { Exchange } from './exchange.ts'
import { type Counts, NONE } from './kube-state.ts'
import type { ReplicaChange } from './replicas.ts'

/** An exchange that ended with a result after a tenth of a second, unless it says otherwise. */
export function exchangeAt(dueMs: number, different: Partial<Exchange> = {}): Exchange {
  return { dueMs, endedMs: dueMs + 100, outcome: 'ok', timings: new Map(), ...different }
}

/** What a function had from this moment on. */
export function changeAt(
  atMs: number,
  name: FunctionName,
  [wanted, scheduled, started, ready]: [number, number, number, number],
): ReplicaChange {
  const counts: Counts = { ...NONE, wanted, scheduled, started, ready }
  return { atMs, name, counts }
}

const PHASES: [PhaseName, number][] = [
  ['to zero', 0],
  ['cold start', 1000],
  ['image to zero', 6000],
  ['hit', 20_000],
  ['burst', 24_000],
  ['silence', 34_000],
]

/** A demo as it may go: from zero, with up to two replicas of the image function, and to zero again. */
export function exampleRecording(): Recording {
  const timings = new Map([
    ['api-start', 812.4],
    ['image-start', 644],
    ['forward', 2000],
  ])
  return {
    startMs: 0,
    endMs: 60_000,
    phases: PHASES.map(([name, fromMs]) => ({ name, fromMs })),
    seesReplicas: true,
    changes: [
      changeAt(0, 'api', [0, 0, 0, 0]),
      changeAt(0, 'image', [0, 0, 0, 0]),
      changeAt(1100, 'api', [1, 0, 0, 0]),
      changeAt(1150, 'api', [1, 1, 0, 0]),
      changeAt(2000, 'api', [1, 1, 1, 0]),
      changeAt(2500, 'api', [1, 1, 1, 1]),
      changeAt(2600, 'image', [1, 0, 0, 0]),
      changeAt(2650, 'image', [1, 1, 0, 0]),
      changeAt(3500, 'image', [1, 1, 1, 0]),
      changeAt(5500, 'image', [1, 1, 1, 1]),
      changeAt(20_000, 'image', [0, 0, 0, 0]),
      changeAt(24_500, 'image', [1, 1, 1, 1]),
      changeAt(26_000, 'image', [2, 2, 2, 1]),
      changeAt(28_000, 'image', [2, 2, 2, 2]),
      changeAt(45_000, 'image', [0, 0, 0, 0]),
      // The last that was on its way out is gone.
      changeAt(58_000, 'image', [0, 0, 0, 0]),
      changeAt(59_000, 'api', [0, 0, 0, 0]),
    ],
    exchanges: [
      exchangeAt(1000, { endedMs: 5000, cache: 'miss', timings }),
      exchangeAt(20_500, { endedMs: 20_540, cache: 'hit' }),
      ...Array.from({ length: 90 }, (_, at) => exchangeAt(24_000 + at * 100, { cache: 'miss' })),
      exchangeAt(33_000, { outcome: 'overloaded', retryAfter: true }),
      exchangeAt(33_100, { endedMs: 33_900 }),
    ],
  }
}
