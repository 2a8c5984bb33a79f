import type { Logger } from '../runtime/logger.ts'
import type { ResultStore } from './result-store.ts'
import type { SourceStore } from './source-store.ts'
import { createStoreGuard } from './store-guard.ts'

/**
 * The same store, left alone while it fails, as createStoreGuard has it.
 *
 * Reading and writing are judged apart: a full or read-only bucket still answers what it has.
 */
export function createGuardedStore(store: ResultStore, log: Logger): ResultStore {
  const reading = createStoreGuard('reading', log)
  const writing = createStoreGuard('writing', log)
  return {
    get: (key, hold) => reading('get', () => store.get(key, hold)),
    has: (key) => reading('find', () => store.has(key)),
    put: (key, result) => writing('put', () => store.put(key, result)),
    delete: (key) => writing('delete', () => store.delete(key)),
    deleteOfSource: (sha256) => writing('delete', () => store.deleteOfSource(sha256)),
  }
}

/**
 * The same for sources. They are judged apart from the results in the same bucket: a network that is too
 * slow for 30 MB in time is not too slow for a result.
 */
export function createGuardedSourceStore(store: SourceStore, log: Logger): SourceStore {
  const reading = createStoreGuard('reading sources', log)
  const writing = createStoreGuard('writing sources', log)
  return {
    get: (sha256) => reading('get', () => store.get(sha256)),
    has: (sha256) => reading('find', () => store.has(sha256)),
    put: (sha256, source) => writing('put', () => store.put(sha256, source)),
    delete: (sha256) => writing('delete', () => store.delete(sha256)),
  }
}
