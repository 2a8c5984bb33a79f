import type { Hold, ResultStore, StoredResult } from './result-store.ts'
import type { StoreWriter } from './store-writer.ts'

/**
 * A store with what is still on its way there: that is as good as stored, and what is deleted does not
 * arrive afterwards. Who reads the same result at the same time shares one look, held by the first.
 */
export function createWriteBehindStore(
  store: ResultStore,
  writer: StoreWriter<StoredResult>,
): ResultStore {
  const reads = new Map<string, Promise<StoredResult | undefined>>()

  function read(key: string, hold?: Hold): Promise<StoredResult | undefined> {
    const running = reads.get(key)
    if (running !== undefined) return running
    const reading = store.get(key, hold).finally(() => reads.delete(key))
    reads.set(key, reading)
    return reading
  }

  return {
    ...store,
    get: async (key, hold) => writer.pending(key) ?? (await read(key, hold)),
    async has(key) {
      const pending = writer.pending(key)
      if (!pending) return await store.has(key)
      return { headers: pending.headers, byteLength: pending.bytes.length }
    },
    async delete(key) {
      await writer.settled((pendingKey) => pendingKey === key)
      return await store.delete(key)
    },
    async deleteOfSource(sourceSha256) {
      await writer.settled((_key, result) => result.sourceSha256 === sourceSha256)
      return await store.deleteOfSource(sourceSha256)
    },
  }
}
