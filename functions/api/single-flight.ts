import { orAborted } from './or-aborted.ts'

/** What joined work gave, and whether it was joined: the first to ask is not. */
export type Flown<Value> = { value: Value; joined: boolean }

/** What each who asked does with the value, which is shared until all of them are done. */
export type UseOf<Value, Result> = (flown: Flown<Value>) => Promise<Result>

/** Work of which each piece, by its key, is done once at a time; whoever asks meanwhile joins. */
export type SingleFlight<Value> = {
  /**
   * Resolves or rejects as the work does and then the use of its value, or rejects with the reason of the
   * signal when that aborts before there is a value. The signal that the work is given aborts when nobody
   * waits for the value or uses it any more.
   */
  join: <Result>(
    key: string,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<Value>,
    use: UseOf<Value, Result>,
  ) => Promise<Result>
  /** The same with work that is being done; `undefined` where none is. */
  joinRunning: <Result>(
    key: string,
    signal: AbortSignal,
    use: UseOf<Value, Result>,
  ) => Promise<Result | undefined>
}

type Flight<Value> = { outcome: Promise<Value>; users: number; abandon: AbortController }

/** Made once, as most flights end with it. */
const DONE = new Error('all who asked are done')

/** Flights that end with their work: neither a value nor a failure is kept. */
export function createSingleFlight<Value>(): SingleFlight<Value> {
  const flights = new Map<string, Flight<Value>>()

  function start(key: string, work: (signal: AbortSignal) => Promise<Value>): Flight<Value> {
    const abandon = new AbortController()
    const outcome = work(abandon.signal)
    const flight = { outcome, users: 0, abandon }
    flights.set(key, flight)
    // As `then(end, end)`, but 20 MB less of the bodies are held under load (memory.bench.ts).
    outcome.finally(() => end(key, flight)).catch(() => {})
    return flight
  }

  /** Whoever asks from now on must not join. */
  function end(key: string, flight: Flight<Value>): void {
    if (flights.get(key) === flight) flights.delete(key)
  }

  async function ride<Result>(
    key: string,
    flight: Flight<Value>,
    signal: AbortSignal,
    joined: boolean,
    use: UseOf<Value, Result>,
  ): Promise<Result> {
    flight.users++
    try {
      return await use({ value: await orAborted(flight.outcome, signal), joined })
    } finally {
      flight.users--
      if (flight.users === 0) {
        end(key, flight)
        flight.abandon.abort(signal.aborted ? signal.reason : DONE)
      }
    }
  }

  return {
    async join(key, signal, work, use) {
      signal.throwIfAborted()
      const running = flights.get(key)
      return await ride(key, running ?? start(key, work), signal, running !== undefined, use)
    },
    async joinRunning(key, signal, use) {
      signal.throwIfAborted()
      const running = flights.get(key)
      return running && (await ride(key, running, signal, true, use))
    },
  }
}
