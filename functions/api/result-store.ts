import type { ResultHeaders } from './image-function.ts'

/** A result as it is kept: all that a hit needs to answer as the miss did. */
export type StoredResult = {
  bytes: Buffer
  headers: ResultHeaders
  /** The SHA-256 of its source, so that all results of one can be deleted. */
  sourceSha256: string
  /** What was done, for people who look at what is stored. */
  options: string
}

/** A result without its bytes. */
export type ResultSummary = Pick<StoredResult, 'headers'> & { byteLength: number }

/**
 * Is told of bytes that are about to be read into memory; when it throws they are not, and the reading
 * fails with that.
 */
export type Hold = (bytes: number) => void

/**
 * Where results are kept by their keys. A key names its bytes, so what is stored never changes: of two
 * that store under one key, either may win.
 *
 * Each operation is done or fails within the time that the store was made with, and fails with
 * StoreError only. What is not there is a value.
 */
export type ResultStore = {
  /** The whole result, verified, or `undefined`: what is cut or changed is as good as not there. */
  get: (key: string, hold?: Hold) => Promise<StoredResult | undefined>
  /** What a result says of itself, without its bytes, or `undefined`. */
  has: (key: string) => Promise<ResultSummary | undefined>
  put: (key: string, result: StoredResult) => Promise<void>
  /** Whether there was one. */
  delete: (key: string) => Promise<boolean>
  /** Deletes all results of a source; how many there were. */
  deleteOfSource: (sourceSha256: string) => Promise<number>
}
