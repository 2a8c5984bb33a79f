import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import type { Logger } from '../runtime/logger.ts'
import { ConfigurationError } from '../runtime/parse-env.ts'
import { StoreError } from './store-error.ts'

export type BucketOptions = {
  /** The server; the bucket is the first part of the path there, as MinIO has it. */
  endpoint: string
  bucket: string
  region: string
  /** For one operation, from its first to its last byte. */
  timeoutMs: number
  /** Whether a missing bucket is created, at start-up and later. */
  createBucket?: boolean
  log: Logger
  /** Left out, those that the SDK finds in the environment. */
  credentials?: { accessKeyId: string; secretAccessKey: string }
}

/** What is known of an object without its bytes. */
export type ObjectHead = {
  contentType: string | undefined
  contentLength: number | undefined
  metadata: Record<string, string> | undefined
}

/** What the bytes of an object must be. */
export type ExpectedBytes = { length?: number; sha256: string }

export type NewObject = {
  bytes: Buffer
  sha256: string
  contentType: string
  metadata?: Record<string, string>
}

/** The objects of a bucket, within one operation. */
export type Objects = {
  /**
   * An object with its verified bytes, or `undefined`. One whose bytes are not those that its
   * description expects, or that has none, is dropped, counted and logged, and as good as not there.
   */
  get: <Description extends ExpectedBytes>(
    name: string,
    describe: (head: ObjectHead) => Description | undefined,
  ) => Promise<{ bytes: Buffer; description: Description } | undefined>
  head: (name: string) => Promise<ObjectHead | undefined>
  /** Puts an object unless there is one of this name, which then stays. */
  put: (name: string, object: NewObject) => Promise<void>
  putEmpty: (name: string) => Promise<void>
  delete: (name: string) => Promise<void>
  deleteMany: (names: string[]) => Promise<void>
  /** The first names that begin with the prefix, after the one that is given. */
  list: (prefix: string, limit: number, after: string | undefined) => Promise<string[]>
}

export type Bucket = {
  /**
   * Does an operation of the store within the time, whatever it waits for, and fails with StoreError
   * only. The work may be done a second time: when the bucket was missing and has been made.
   */
  within: <Value>(operation: string, work: (objects: Objects) => Promise<Value>) => Promise<Value>
  /**
   * Finds the bucket, or creates it when it may. Throws ConfigurationError when it does not exist
   * and may not be created, and StoreError when the server does not answer.
   */
  find: () => Promise<void>
  /** The same, but a server that does not answer is logged only, as it may come back. */
  prepare: () => Promise<void>
  /** How many objects were found damaged, and dropped. */
  readonly damaged: number
  /** Closes the connections; what is in flight fails. */
  close: () => void
}

/**
 * A bucket of any S3 API that has conditional writes. Nothing is tried twice: a caller that waits is
 * better served by doing the work again.
 */
export function openBucket(options: BucketOptions): Bucket {
  const { bucket: Bucket, timeoutMs, createBucket = false, log } = options
  const client = createClient(options)
  let damaged = 0

  function objectsUntil(abortSignal: AbortSignal): Objects {
    const abort = { abortSignal }

    async function remove(Key: string): Promise<void> {
      await client.send(new DeleteObjectCommand({ Bucket, Key }), abort)
    }

    return {
      async get(name, describe) {
        try {
          const object = await client.send(new GetObjectCommand({ Bucket, Key: name }), abort)
          return await readObject(object, describe(headOf(object)))
        } catch (error) {
          if (nameOf(error) === 'NoSuchKey') return undefined
          if (!(error instanceof DamagedError) && nameOf(error) !== UNREADABLE) throw error
          // A cut answer of a server that has just died looks the same: then this fails, too.
          await remove(name)
          damaged++
          log.error({ object: name, err: error }, 'dropped a damaged object of the store')
          return undefined
        }
      },
      async head(name) {
        const command = new HeadObjectCommand({ Bucket, Key: name })
        const head = await unlessMissing(client.send(command, abort))
        return head && headOf(head)
      },
      async put(name, object) {
        try {
          await client.send(putCommand(Bucket, name, object), abort)
        } catch (error) {
          if (!TAKEN.has(nameOf(error))) throw error
        }
      },
      async putEmpty(Key) {
        const empty = { Bucket, Key, Body: Buffer.alloc(0), ContentLength: 0 }
        await client.send(new PutObjectCommand(empty), abort)
      },
      delete: remove,
      async deleteMany(names) {
        if (names.length === 0) return
        const Delete = { Objects: names.map((Key) => ({ Key })), Quiet: true }
        const command = new DeleteObjectsCommand({ Bucket, Delete })
        const { Errors = [] } = await client.send(command, abort)
        const [first] = Errors
        if (first) throw new Error(`${Errors.length} objects were not deleted: ${first.Message}`)
      },
      async list(Prefix, MaxKeys, after) {
        const page = { Bucket, Prefix, MaxKeys, ...(after && { StartAfter: after }) }
        const { Contents = [] } = await client.send(new ListObjectsV2Command(page), abort)
        return Contents.map(({ Key = '' }) => Key)
      },
    }
  }

  async function inTime<Value>(
    operation: string,
    work: (abortSignal: AbortSignal) => Promise<Value>,
  ): Promise<Value> {
    const controller = new AbortController()
    const abortSignal = controller.signal
    // The SDK heeds the signal neither while it looks for credentials nor in all of its waits.
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => {
      const error = new Error(`no answer within ${timeoutMs} ms`)
      controller.abort(error)
      late.reject(error)
    }, timeoutMs)
    const attempt = () => work(abortSignal)
    const done = attempt().catch(async (error) => {
      if (!createBucket || nameOf(error) !== 'NoSuchBucket') throw error
      await makeBucket(abortSignal)
      return await attempt()
    })
    try {
      return await Promise.race([done, late.promise])
    } catch (error) {
      throw new StoreError(operation, error)
    } finally {
      // What waits for a timer holds all bytes of its operation.
      clearTimeout(timer)
    }
  }

  async function find(): Promise<void> {
    try {
      await inTime('find its bucket', async (abortSignal) => {
        const command = new HeadBucketCommand({ Bucket })
        const found = await unlessMissing(client.send(command, { abortSignal }))
        if (!found && createBucket) await makeBucket(abortSignal)
        else if (!found) throw new ConfigurationError(missingBucket(options))
      })
    } catch (error) {
      const cause = error instanceof StoreError ? error.cause : undefined
      throw cause instanceof ConfigurationError ? cause : error
    }
  }

  async function makeBucket(abortSignal: AbortSignal): Promise<void> {
    try {
      await client.send(new CreateBucketCommand({ Bucket }), { abortSignal })
    } catch (error) {
      // Another process of this service may have been faster.
      if (!IN_THE_WAY.has(nameOf(error))) throw error
    }
  }

  return {
    within: (operation, work) => inTime(operation, (signal) => work(objectsUntil(signal))),

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
      return damaged
    },

    close: () => client.destroy(),
  }
}

function createClient({ endpoint, region, credentials }: BucketOptions): S3Client {
  return new S3Client({
    endpoint,
    region,
    ...(credentials && { credentials }),
    forcePathStyle: true,
    maxAttempts: 1,
    // With it, each put of 2 MiB or more opens a connection of its own and may wait 6 s on it.
    expectContinueHeader: false,
    // Objects bring their own checksum, and are verified against what is expected of them.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { httpAgent: { keepAlive: true }, httpsAgent: { keepAlive: true } },
  })
}

/** MinIO's answer when what is on its disk is not what was written. */
const UNREADABLE = 'SlowDownRead'

/** Answers to the creation of a bucket that is there. */
const IN_THE_WAY: ReadonlySet<string> = new Set(['BucketAlreadyOwnedByYou', 'BucketAlreadyExists'])

/** Answers to a conditional write when somebody was or is about to be faster. */
const TAKEN: ReadonlySet<string> = new Set(['PreconditionFailed', 'ConditionalRequestConflict'])

/** Bytes that are not those that were put. */
class DamagedError extends Error {
  override readonly name = 'DamagedError'
}

async function readObject<Description extends ExpectedBytes>(
  object: GetObjectCommandOutput,
  description: Description | undefined,
): Promise<{ bytes: Buffer; description: Description }> {
  const body = object.Body as Readable
  const { ContentLength } = object
  if (!description || ContentLength !== (description.length ?? ContentLength)) {
    body.destroy()
    const what = description
      ? `${ContentLength} bytes, not ${description.length}`
      : 'something else than its name says'
    throw new DamagedError(`the object holds ${what}`)
  }
  const digest = createHash('sha256')
  const chunks: Buffer[] = []
  try {
    for await (const chunk of body) {
      digest.update(chunk)
      chunks.push(chunk)
    }
  } catch (cause) {
    throw new DamagedError('the answer ends too early', { cause })
  }
  if (digest.digest('hex') !== description.sha256) {
    throw new DamagedError('the bytes have another SHA-256')
  }
  return { bytes: Buffer.concat(chunks), description }
}

function headOf(
  object: Pick<GetObjectCommandOutput, 'ContentType' | 'ContentLength' | 'Metadata'>,
): ObjectHead {
  const { ContentType, ContentLength, Metadata } = object
  return { contentType: ContentType, contentLength: ContentLength, metadata: Metadata }
}

function putCommand(Bucket: string, Key: string, object: NewObject): PutObjectCommand {
  const { bytes, sha256, contentType, metadata } = object
  return new PutObjectCommand({
    Bucket,
    Key,
    Body: bytes,
    ContentType: contentType,
    ...(metadata && { Metadata: metadata }),
    ChecksumSHA256: Buffer.from(sha256, 'hex').toString('base64'),
    IfNoneMatch: '*',
  })
}

/** What a HEAD answered, or `undefined` for 404; having no body, it cannot say what is missing. */
async function unlessMissing<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await answer
  } catch (error) {
    if (nameOf(error) === 'NotFound') return undefined
    throw error
  }
}

/** The code of what the server answered, or the name of any other error. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : ''
}

function missingBucket({ endpoint, bucket }: BucketOptions): string {
  return `S3_BUCKET is ${JSON.stringify(bucket)}; ${endpoint} has no such bucket: create it, or set S3_CREATE_BUCKET=true.`
}
