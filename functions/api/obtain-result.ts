import type { ResultStore, StoredResult } from './result-store.ts'
import { createSingleFlight } from './single-flight.ts'
import { StoreError } from './store-error.ts'
import type { StoreWriter } from './store-writer.ts'

/** A result that was made now, and what the image function says of the time it took. */
export type MadeResult = { result: StoredResult; serverTiming: string }

/** A result and how it was come by: the value of `Cache-Status`, RFC 9211. */
export type Obtained = { result: StoredResult; cacheStatus: string; serverTiming?: string }

/**
 * Gets the result of a key: from the store, else by the work, which is done once for all who ask at the
 * same time. Rejects as the work does, or with the reason of the signal; the work's own signal aborts
 * when the last who waited has left. What the store does makes no request fail.
 */
export type ObtainResult = (
  key: string,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<MadeResult>,
) => Promise<Obtained>

/** Where results come from when the work is done by one alone. */
type Source = Obtained & { isHit: boolean }

/** Without a store only those who ask at the same time share the work. */
export function createObtainResult(
  store: ResultStore | undefined,
  writer: Pick<StoreWriter<StoredResult>, 'write'> | undefined,
): ObtainResult {
  const flights = createSingleFlight<Source>()

  async function obtain(
    key: string,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<MadeResult>,
  ): Promise<Source> {
    const found = await lookUp(store, key)
    if (found && found !== 'unavailable') {
      return { result: found, cacheStatus: 'image-api; hit', isHit: true }
    }
    const made = await work(signal)
    // Also to a store that just failed: the memory before it does not.
    const isStored = writer?.write(key, made.result) ?? false
    if (found === 'unavailable') {
      return { ...made, cacheStatus: 'image-api; fwd=miss; detail=store-unavailable', isHit: false }
    }
    const cacheStatus = isStored ? 'image-api; fwd=miss; stored' : 'image-api; fwd=miss'
    return { ...made, cacheStatus, isHit: false }
  }

  return async (key, signal, work) => {
    const { value, joined } = await flights.join(key, signal, (workSignal) =>
      obtain(key, workSignal, work),
    )
    const { isHit, ...obtained } = value
    if (!joined || isHit) return obtained
    return { result: obtained.result, cacheStatus: 'image-api; fwd=miss; collapsed' }
  }
}

async function lookUp(
  store: ResultStore | undefined,
  key: string,
): Promise<StoredResult | 'unavailable' | undefined> {
  try {
    return await store?.get(key)
  } catch (error) {
    if (error instanceof StoreError) return 'unavailable'
    throw error
  }
}
