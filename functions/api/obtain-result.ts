import type { Held } from '../runtime/held-bytes.ts'
import type { ResultStore, StoredResult } from './result-store.ts'
import { createSingleFlight, type Flown } from './single-flight.ts'
import { StoreError } from './store-error.ts'
import type { StoreWriter } from './store-writer.ts'

/** A result that was made now, and what the image function says of the time it took. */
export type MadeResult = { result: StoredResult; serverTiming: string }

/** A result and how it was come by: the value of `Cache-Status`, RFC 9211. */
export type Obtained = { result: StoredResult; cacheStatus: string; serverTiming?: string }

/** How results are come by. What the store does makes no request fail. */
export type ObtainResult = {
  /** The result of a key that is stored or being made, else `undefined`. Rejects as `obtain` does. */
  find: (key: string, signal: AbortSignal, held: Held) => Promise<Obtained | undefined>
  /**
   * Gets the result of a key: from the store, else by the work, which is done once for all who ask at the
   * same time. Rejects as the work does, or with the reason of the signal; the work's own signal aborts
   * when the last who waited has left.
   *
   * What is held for the work is held until it ends, also when who began it has left. Throws `overloaded`
   * when there is no room for a result that is to be read.
   */
  obtain: (
    key: string,
    signal: AbortSignal,
    held: Held,
    work: (signal: AbortSignal) => Promise<MadeResult>,
  ) => Promise<Obtained>
}

/** A result as it is shared by those who asked at the same time. */
type Shared = Obtained & { isHit: boolean }

/** Without a store only those who ask at the same time share the work. */
export function createObtainResult(
  store: ResultStore | undefined,
  writer: Pick<StoreWriter<StoredResult>, 'write'> | undefined,
): ObtainResult {
  const flights = createSingleFlight<Shared>()

  async function lookUpOrMake(
    key: string,
    signal: AbortSignal,
    held: Held,
    work: (signal: AbortSignal) => Promise<MadeResult>,
  ): Promise<Shared> {
    using _forTheWork = held.retain()
    const found = await lookUp(store, key, held)
    if (found && found !== 'unavailable') return { ...hit(found), isHit: true }
    const made = await work(signal)
    // Also to a store that just failed: the memory before it does not.
    const isStored = writer?.write(key, made.result) ?? false
    if (found === 'unavailable') {
      return { ...made, cacheStatus: 'image-api; fwd=miss; detail=store-unavailable', isHit: false }
    }
    const cacheStatus = isStored ? 'image-api; fwd=miss; stored' : 'image-api; fwd=miss'
    return { ...made, cacheStatus, isHit: false }
  }

  return {
    async find(key, signal, held) {
      const made = await flights.joinRunning(key, signal, ownPart)
      if (made) return made
      const found = await lookUp(store, key, held)
      signal.throwIfAborted()
      return found && found !== 'unavailable' ? hit(found) : undefined
    },
    obtain: (key, signal, held, work) =>
      flights.join(key, signal, (shared) => lookUpOrMake(key, shared, held, work), ownPart),
  }
}

/** What one of them is told: the time that the work took is that of the first. */
async function ownPart({ value, joined }: Flown<Shared>): Promise<Obtained> {
  const { isHit, ...obtained } = value
  if (!joined || isHit) return obtained
  return { result: obtained.result, cacheStatus: 'image-api; fwd=miss; collapsed' }
}

function hit(result: StoredResult): Obtained {
  return { result, cacheStatus: 'image-api; hit' }
}

async function lookUp(
  store: ResultStore | undefined,
  key: string,
  held: Held,
): Promise<StoredResult | 'unavailable' | undefined> {
  // Until it is there, and held by each who is answered with it.
  using reading = held.open()
  try {
    return await store?.get(key, reading.grow)
  } catch (error) {
    if (error instanceof StoreError) return 'unavailable'
    throw error
  }
}
