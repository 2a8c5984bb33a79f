import type { Held } from '../runtime/held-bytes.ts'
import type { Timings } from '../runtime/server-timing.ts'
import type { Fetched, FetchUrl } from './fetch-url.ts'
import { createSingleFlight } from './single-flight.ts'
import type { KnownUrl } from './url-memory.ts'

/** Who waits for a source: until the signal aborts, told how long it took, and holding its bytes. */
export type FetchRequest = { signal: AbortSignal; timings: Timings; held: Held }

/**
 * Fetches a URL once for all who ask at the same time, and gives each of them what it brought. That is held
 * for the first of them, until the last has used it.
 */
export type SharedFetch = <Value>(
  url: URL,
  known: KnownUrl | undefined,
  request: FetchRequest,
  use: (fetched: Fetched) => Promise<Value>,
) => Promise<Value>

export function createSharedFetch(fetchUrl: FetchUrl): SharedFetch {
  const flights = createSingleFlight<Fetched>()

  return async (url, known, { signal, timings, held }, use) => {
    // Apart where all of it is needed: that nothing has changed is not enough then.
    const key = `${known ? 'if-changed' : 'all'} ${url.href}`
    const arrived = Promise.withResolvers<void>()
    const measured = timings.measure('fetch', arrived.promise)
    const work = (shared: AbortSignal) =>
      fetchUrl(url, known, shared, heldUntilAborted(held, shared))
    return await flights.join(key, signal, work, async ({ value }) => {
      arrived.resolve()
      await measured
      return await use(value)
    })
  }
}

function heldUntilAborted(request: Held, signal: AbortSignal): Held {
  const held = request.open()
  signal.addEventListener('abort', held.release, { once: true })
  return held
}
