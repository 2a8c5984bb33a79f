import { LRUCache } from 'lru-cache'
import { ownBuffer } from './own-buffer.ts'
import type { KeptSource, SourceStore } from './source-store.ts'

/** What an entry takes beside its bytes, generously: its name, its format and its place in the map. */
const ENTRY_BYTES = 500

/**
 * Keeps sources in memory, those used last, up to so many bytes. A source larger than that is not kept.
 */
export function createMemorySourceStore(maxBytes: number): SourceStore {
  const sources = new LRUCache<string, KeptSource>({
    // 0 would be without any bound; one byte keeps nothing either.
    maxSize: Math.max(1, maxBytes),
    sizeCalculation: ({ bytes }) => bytes.length + ENTRY_BYTES,
  })

  return {
    get: async (sha256) => sources.get(sha256),
    async has(sha256) {
      const source = sources.peek(sha256)
      return source && { size: source.bytes.length, format: source.format }
    },
    async put(sha256, { bytes, format }) {
      if (sources.get(sha256)) return
      sources.set(sha256, { bytes: ownBuffer(bytes), format })
    },
    delete: async (sha256) => sources.delete(sha256),
  }
}
