import type { Held } from '../runtime/held-bytes.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Body } from '../runtime/read-body.ts'
import type { Source } from './source.ts'
import type { KeptDescription, KeptSource, SourceStore } from './source-store.ts'
import { StoreError } from './store-error.ts'
import { createStoreWriter } from './store-writer.ts'

/** Kept sources as the routes see them: one that is still being written is as good as kept. */
export type Sources = {
  /** Keeps a source behind the answer; what hinders it is logged. */
  keep: (source: Pick<Source, 'sha256' | 'format' | 'body'>) => void
  get: (sha256: string) => Promise<KeptSource | undefined>
  has: (sha256: string) => Promise<KeptDescription | undefined>
  /** Whether there was one; one that is being written is gone as well. */
  delete: (sha256: string) => Promise<boolean>
  /** Resolves when nothing is being written, or after the time. */
  drain: (timeoutMs: number) => Promise<void>
}

/** Sources in one store; all but `keep` and `drain` fail as it does. */
export function createSources(store: SourceStore, log: Logger): Sources {
  const writer = createStoreWriter(store, 'source', log)
  return {
    keep({ sha256, format, body: { chunks, byteLength } }) {
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

/**
 * The bytes of a kept source, or `undefined` when it is not kept. There is room for them before they are
 * read: throws `overloaded` when there is none. Rejects as the store does, and with the reason of the
 * signal when that has aborted before.
 */
export type ReadKept = (
  sha256: string,
  signal: AbortSignal,
  held: Held,
) => Promise<Body | undefined>

export async function readKeptBody(
  sources: Sources,
  ...[sha256, signal, held]: Parameters<ReadKept>
): Promise<Body | undefined> {
  const kept = await sources.has(sha256)
  if (!kept) return undefined
  signal.throwIfAborted()
  held.grow(kept.size)
  const source = await sources.get(sha256)
  return source && { chunks: [source.bytes], byteLength: source.bytes.length }
}

/** The same where the store may be asked in vain: one that does not answer has nothing. */
export function createReadKept(sources: Sources | undefined): ReadKept {
  return async (...asked) => {
    try {
      return sources && (await readKeptBody(sources, ...asked))
    } catch (error) {
      if (error instanceof StoreError) return undefined
      throw error
    }
  }
}
