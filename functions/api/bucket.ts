import type { Logger } from '../runtime/logger.ts'
import { ConfigurationError } from '../runtime/parse-env.ts'
import { type BucketObjects, createBucketObjects } from './bucket-objects.ts'
import { createDamagedObjects } from './damaged-objects.ts'
import { isInTheWay, isNoSuchBucket, isNotFound, operationError } from './s3-errors.ts'
import { openS3, type S3Options, type S3Requests } from './s3-requests.ts'
import { withinTime } from './within-time.ts'

export type BucketOptions = S3Options & {
  /** For one operation, from its first to its last byte. */
  timeoutMs: number
  /** Whether a missing bucket is created, at start-up and later. */
  createBucket?: boolean
  log: Logger
}

export type Bucket = {
  /**
   * Does an operation of the store within the time, whatever it waits for, and fails with StoreError, or
   * with a problem that is not of the store. The work may be done a second time: when the bucket was missing
   * and has been made.
   */
  within: <Value>(
    operation: string,
    work: (objects: BucketObjects) => Promise<Value>,
  ) => Promise<Value>
  /**
   * Finds the bucket, or creates it when it may. Throws ConfigurationError when it does not exist
   * and may not be created, and StoreError when the server does not answer.
   */
  find: () => Promise<void>
  /** The same, but a server that does not answer is logged only, as it may come back. */
  prepare: () => Promise<void>
  /** How many objects were found damaged. */
  readonly damaged: number
  /** Closes the connections; what is in flight fails. */
  close: () => void
}

/**
 * A bucket of any S3 API that has conditional writes. Nothing is tried twice: a caller that waits is
 * better served by doing the work again.
 */
export function openBucket(options: BucketOptions): Bucket {
  const { timeoutMs, createBucket = false, log } = options
  const s3 = openS3(options)
  const damaged = createDamagedObjects(log)

  async function inTime<Value>(
    operation: string,
    work: (requests: S3Requests) => Promise<Value>,
  ): Promise<Value> {
    try {
      return await withinTime(timeoutMs, (signal) => inBucket(s3.requestsUntil(signal), work))
    } catch (error) {
      throw operationError(operation, error)
    }
  }

  /** Does the work, and once more when the bucket was missing and may be made. */
  async function inBucket<Value>(
    requests: S3Requests,
    work: (requests: S3Requests) => Promise<Value>,
  ): Promise<Value> {
    try {
      return await work(requests)
    } catch (error) {
      if (!createBucket || !isNoSuchBucket(error)) throw error
      await makeBucket(requests)
      return await work(requests)
    }
  }

  async function find(): Promise<void> {
    await inTime('find its bucket', async (requests) => {
      if (await hasBucket(requests)) return
      if (!createBucket) throw new ConfigurationError(missingBucket(options))
      await makeBucket(requests)
    })
  }

  return {
    within: (operation, work) =>
      inTime(operation, (requests) => work(createBucketObjects(requests, damaged))),
    find,
    async prepare() {
      try {
        await find()
      } catch (error) {
        if (error instanceof ConfigurationError) throw error
        log.error({ err: error }, 'the store does not answer as it should; going on without it')
      }
    },
    get damaged() {
      return damaged.count
    },
    close: s3.close,
  }
}

async function hasBucket(requests: S3Requests): Promise<boolean> {
  try {
    await requests.headBucket()
    return true
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}

async function makeBucket(requests: S3Requests): Promise<void> {
  try {
    await requests.createBucket()
  } catch (error) {
    // Another process of this service may have been faster.
    if (!isInTheWay(error)) throw error
  }
}

function missingBucket({ endpoint, bucket }: BucketOptions): string {
  return `S3_BUCKET is ${JSON.stringify(bucket)}; ${endpoint} has no such bucket: create it, or set S3_CREATE_BUCKET=true.`
}
