import { LRUCache } from 'lru-cache'
import type { Logger } from '../runtime/logger.ts'
import { ObjectError, StoreError } from './store-error.ts'

/** Stores values behind the answers: no client waits for a write, and no write is lost without a word. */
export type StoreWriter<Value> = {
  /**
   * Begins to write; whether it can be expected to be stored: not when too much waits already, which is not
   * even begun, and not while writes fail, be it of this one alone.
   */
  write: (key: string, value: Value) => boolean
  /** What is still being written, which is as good as stored. */
  pending: (key: string) => Value | undefined
  /** Resolves when those that match are not being written any more, stored or not. */
  settled: (matches: (key: string, value: Value) => boolean) => Promise<void>
  /** Resolves when nothing is being written, or after the time. */
  drain: (timeoutMs: number) => Promise<void>
}

/**
 * Bytes that may wait to be written: a store that is slower than the service would fill the memory. Some
 * 200 results of a usual size, or two of the largest sources.
 */
export const MAX_PENDING_BYTES = 64 * 1024 * 1024

/** Keys that are remembered as refused; of one that is not, a single answer promises too much. */
const MAX_REFUSED = 1_000

/**
 * A writer to one store, whose values are called `what` in the log. What the store fails to write is not
 * tried again.
 */
export function createStoreWriter<Value extends { bytes: Buffer }>(
  store: { put: (key: string, value: Value) => Promise<void> },
  what: 'result' | 'source',
  log: Logger,
): StoreWriter<Value> {
  const writes = new Map<string, { value: Value; done: Promise<void> }>()
  let pendingBytes = 0
  const refused = new LRUCache<string, true>({ max: MAX_REFUSED })
  let isFailing = false

  async function writeOne(key: string, value: Value): Promise<void> {
    pendingBytes += value.bytes.length
    try {
      await store.put(key, value)
      isFailing = false
      refused.delete(key)
    } catch (err) {
      if (err instanceof ObjectError) refused.set(key, true)
      else isFailing = true
      // That a store fails, and why, is said once by what guards it.
      if (!(err instanceof StoreError)) log.error({ err, key }, `a ${what} was not stored`)
    } finally {
      pendingBytes -= value.bytes.length
    }
  }

  return {
    write(key, value) {
      if (writes.has(key)) return true
      if (pendingBytes + value.bytes.length > MAX_PENDING_BYTES) {
        log.info({ key, pendingBytes }, `a ${what} was not stored: too many wait for the store`)
        return false
      }
      const done = writeOne(key, value).finally(() => writes.delete(key))
      writes.set(key, { value, done })
      return !isFailing && !refused.has(key)
    },
    pending: (key) => writes.get(key)?.value,
    async settled(matches) {
      const found = [...writes].filter(([key, { value }]) => matches(key, value))
      await Promise.all(found.map(([, { done }]) => done))
    },
    async drain(timeoutMs) {
      const { promise: late, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, timeoutMs)
      await Promise.race([Promise.all([...writes.values()].map(({ done }) => done)), late])
      clearTimeout(timer)
      if (writes.size > 0) log.error({ count: writes.size }, `not every ${what} was stored in time`)
    },
  }
}
