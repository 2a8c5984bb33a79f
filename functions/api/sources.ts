import type { SourceFormat } from '../contract/source-format.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Body } from '../runtime/read-body.ts'
import type { KeptSource, SourceDescription, SourceStore } from './source-store.ts'
import { StoreError } from './store-error.ts'
import { createStoreWriter } from './store-writer.ts'

/** Kept sources as the routes see them: one that is still being written is as good as kept. */
export type Sources = {
  /** Keeps a source behind the answer; what hinders it is logged. */
  keep: (sha256: string, body: Body, format: SourceFormat) => void
  get: (sha256: string) => Promise<KeptSource | undefined>
  has: (sha256: string) => Promise<SourceDescription | undefined>
  /** Whether there was one; one that is being written is gone as well. */
  delete: (sha256: string) => Promise<boolean>
  /** Resolves when nothing is being written, or after the time. */
  drain: (timeoutMs: number) => Promise<void>
}

/** Sources in one store; all but `keep` and `drain` fail as it does. */
export function createSources(store: SourceStore, log: Logger): Sources {
  const writer = createStoreWriter(store, 'source', log)
  return {
    keep(sha256, { chunks, byteLength }, format) {
      writer.write(sha256, { bytes: Buffer.concat(chunks, byteLength), format })
    },
    get: async (sha256) => writer.pending(sha256) ?? (await store.get(sha256)),
    async has(sha256) {
      const pending = writer.pending(sha256)
      if (!pending) return await store.has(sha256)
      return { size: pending.bytes.length, format: pending.format }
    },
    async delete(sha256) {
      await writer.settled((key) => key === sha256)
      return await store.delete(sha256)
    },
    drain: writer.drain,
  }
}

/** The bytes of a kept source; `undefined` as well when the store does not answer, which may be asked in vain. */
export async function findKeptBody(
  sources: Sources | undefined,
  sha256: string,
): Promise<Body | undefined> {
  try {
    const kept = await sources?.get(sha256)
    return kept && { chunks: [kept.bytes], byteLength: kept.bytes.length }
  } catch (error) {
    if (error instanceof StoreError) return undefined
    throw error
  }
}
