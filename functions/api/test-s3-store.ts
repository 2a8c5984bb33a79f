/** Stores on a server that a test has made, and how they fail. */
import { expect, onTestFinished, vi } from 'vitest'
import { type Bucket, type BucketOptions, openBucket } from './bucket.ts'
import type { ResultStore } from './result-store.ts'
import { createS3ResultStore } from './result-store-s3.ts'
import { StoreError } from './store-error.ts'
import { keyOf, resultOf } from './test-result.ts'

/** Large enough for several blocks, in a file of its own. */
export const RESULT = resultOf(Buffer.alloc(2_500_000, 'a result of some size'))
export const KEY = keyOf(RESULT)

export const log = { info: vi.fn(), error: vi.fn() }

export type S3ResultStore = ResultStore & Pick<Bucket, 'prepare' | 'damaged' | 'close'>

/** A store in a bucket, together with what is the bucket's own. */
export function openS3Store(options: BucketOptions): S3ResultStore {
  const bucket = openBucket(options)
  return Object.assign(bucket, createS3ResultStore(bucket))
}

/** A store in the bucket `results`, until the test ends; its log is `log`, which begins anew. */
export function openStore(endpoint: string, options: Partial<BucketOptions> = {}): S3ResultStore {
  log.info.mockClear()
  log.error.mockClear()
  const store = openS3Store({
    endpoint,
    bucket: 'results',
    region: 'us-east-1',
    timeoutMs: 10_000,
    log,
    credentials: { accessKeyId: 'test-user', secretAccessKey: 'test-secret' },
    ...options,
  })
  onTestFinished(() => store.close())
  return store
}

/** What the failure of an operation comes from; it must be a StoreError. */
export async function causeOf(operation: Promise<unknown>): Promise<unknown> {
  const error = await operation.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(error).toBeInstanceOf(StoreError)
  return (error as StoreError).cause
}

export const OPERATIONS: [string, (store: ResultStore) => Promise<unknown>][] = [
  ['get', (store) => store.get(KEY)],
  ['has', (store) => store.has(KEY)],
  ['put', (store) => store.put(KEY, RESULT)],
  ['delete', (store) => store.delete(KEY)],
  ['deleteOfSource', (store) => store.deleteOfSource(RESULT.sourceSha256)],
]
