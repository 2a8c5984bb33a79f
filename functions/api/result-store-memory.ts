import { LRUCache } from 'lru-cache'
import { ownBuffer } from './own-buffer.ts'
import type { ResultStore, StoredResult } from './result-store.ts'

/**
 * What an entry takes beside its bytes: its key, headers, options and place in the maps. 10,000 of
 * 100 bytes take 1150 to 1310 each of the heap; the rest is for what the allocator adds.
 */
const ENTRY_BYTES = 1400

/**
 * Keeps results in memory, those used last, up to so many bytes. A result larger than that is not kept,
 * and none for longer than `lifeMs` after it was put, however often it is used; 0 is for ever.
 */
export function createMemoryResultStore(maxBytes: number, lifeMs = 0): ResultStore {
  const keysOfSource = new Map<string, Set<string>>()
  const results = new LRUCache<string, StoredResult>({
    // 0 would be without any bound; one byte keeps nothing either.
    maxSize: Math.max(1, maxBytes),
    ttl: lifeMs,
    sizeCalculation: ({ bytes }) => bytes.length + ENTRY_BYTES,
    dispose: ({ sourceSha256 }, key) => forget(sourceSha256, key),
  })

  function remember(sourceSha256: string, key: string): void {
    const keys = keysOfSource.get(sourceSha256) ?? new Set()
    keysOfSource.set(sourceSha256, keys.add(key))
  }

  function forget(sourceSha256: string, key: string): void {
    const keys = keysOfSource.get(sourceSha256)
    keys?.delete(key)
    if (keys?.size === 0) keysOfSource.delete(sourceSha256)
  }

  /** Whether there was one that was not too old. */
  function remove(key: string): boolean {
    const wasThere = results.has(key)
    results.delete(key)
    return wasThere
  }

  return {
    get: async (key) => results.get(key),
    async has(key) {
      const result = results.peek(key)
      return result && { headers: result.headers, byteLength: result.bytes.length }
    },
    async put(key, result) {
      results.set(key, { ...result, bytes: ownBuffer(result.bytes) })
      if (results.has(key)) remember(result.sourceSha256, key)
    },
    delete: async (key) => remove(key),
    async deleteOfSource(sourceSha256) {
      const keys = [...(keysOfSource.get(sourceSha256) ?? [])]
      return keys.filter(remove).length
    },
  }
}
