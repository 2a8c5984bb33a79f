import type { SourceFormat } from '../contract/source-format.ts'

/** A source as it is kept. */
export type KeptSource = { bytes: Buffer; format: SourceFormat }

/** What is known of a kept source without its bytes. */
export type KeptDescription = { size: number; format: SourceFormat }

/**
 * Where sources are kept, each by the SHA-256 of its bytes: what is stored under a name never changes.
 *
 * Each operation is done or fails within the time that the store was made with, and fails with
 * StoreError only. What is not there is a value.
 */
export type SourceStore = {
  /** The whole source, verified, or `undefined`: what is cut or changed is as good as not there. */
  get: (sha256: string) => Promise<KeptSource | undefined>
  has: (sha256: string) => Promise<KeptDescription | undefined>
  put: (sha256: string, source: KeptSource) => Promise<void>
  /** Whether there was one. */
  delete: (sha256: string) => Promise<boolean>
}
