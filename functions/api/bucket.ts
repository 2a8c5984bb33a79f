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
  type _Error as S3Error,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import { ProblemError } from '../contract/problem.ts'
import type { Logger } from '../runtime/logger.ts'
import { ConfigurationError } from '../runtime/parse-env.ts'
import { createDamagedObjects } from './damaged-objects.ts'
import { ObjectError, StoreError } from './store-error.ts'

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

/**
 * The objects of a bucket, within one operation.
 *
 * A damaged object is one that the server cannot read while it answers for others, or whose bytes are
 * not those that its description expects, or that has none. It is counted and logged, and as good as
 * not there. Nothing deletes it, as a server in trouble says the same of whole ones: the next put
 * replaces it. What a server refuses to do with one fails with ObjectError.
 */
export type Objects = {
  /**
   * An object with its verified bytes, or `undefined` when there is none or it is damaged. When the
   * description throws, it is not read, and fails with that.
   */
  get: <Description extends ExpectedBytes>(
    name: string,
    describe: (head: ObjectHead) => Description | undefined,
  ) => Promise<{ bytes: Buffer; description: Description } | undefined>
  /** What an object says of itself: nothing, when it is damaged. */
  head: (name: string) => Promise<ObjectHead | undefined>
  /** Puts an object unless there is one of this name, which then stays when it is not damaged. */
  put: (name: string, object: NewObject) => Promise<void>
  putEmpty: (name: string) => Promise<void>
  delete: (name: string) => Promise<void>
  deleteMany: (names: string[]) => Promise<void>
  /** The first names that begin with the prefix, after the one that is given. */
  list: (prefix: string, limit: number, after: string | undefined) => Promise<string[]>
}

export type Bucket = {
  /**
   * Does an operation of the store within the time, whatever it waits for, and fails with StoreError, or
   * with a problem that is not of the store. The work may be done a second time: when the bucket was missing
   * and has been made.
   */
  within: <Value>(operation: string, work: (objects: Objects) => Promise<Value>) => Promise<Value>
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
  const { bucket: Bucket, timeoutMs, createBucket = false, log } = options
  const client = createClient(options)
  const damaged = createDamagedObjects(log)

  function objectsUntil(abortSignal: AbortSignal): Objects {
    const abort = { abortSignal }

    /** The status of a HEAD; 0 when there was no answer. */
    async function statusOfHead(Key: string): Promise<number> {
      const head = client.send(new HeadObjectCommand({ Bucket, Key }), abort)
      return await head.then(() => 200, statusOf)
    }

    /**
     * Whether the server answers for another object: it tells one that cannot be read, which is no
     * reason to leave the others alone, from a server that fails whatever it is asked for.
     */
    async function answers(): Promise<boolean> {
      const status = await statusOfHead(NO_OBJECT)
      return status > 0 && status < 500
    }

    /** Does what changes one object, or fails as the server does: for this object or altogether. */
    async function change(name: string, done: Promise<unknown>): Promise<void> {
      try {
        await done
        damaged.forget(name)
      } catch (error) {
        throw await blamed(name, error)
      }
    }

    /** The error, or ObjectError when the server can neither change this object nor say what it is. */
    async function blamed(name: string, error: unknown): Promise<unknown> {
      if (!UNREADABLE.has(nameOf(error))) return error
      if ((await statusOfHead(name)) !== 500 || !(await answers())) return error
      damaged.note(name, error)
      return new ObjectError(error)
    }

    return {
      async get(name, describe) {
        try {
          const object = await client.send(new GetObjectCommand({ Bucket, Key: name }), abort)
          const found = await readObject(object, describe)
          damaged.forget(name)
          return found
        } catch (error) {
          if (nameOf(error) === 'NoSuchKey') return undefined
          const isDamaged = error instanceof DamagedError || UNREADABLE.has(nameOf(error))
          // A cut answer of a server that has just died looks the same.
          if (!isDamaged || !(await answers())) throw error
          damaged.note(name, error)
          return undefined
        }
      },
      async head(name) {
        const command = new HeadObjectCommand({ Bucket, Key: name })
        try {
          const head = await client.send(command, abort)
          return damaged.has(name) ? SAYS_NOTHING : headOf(head)
        } catch (error) {
          if (isNotFound(error)) return undefined
          // A HEAD has no body that could say more.
          if (statusOf(error) !== 500 || !(await answers())) throw error
          damaged.note(name, error)
          return SAYS_NOTHING
        }
      },
      async put(name, object) {
        const isNew = !damaged.has(name)
        try {
          await change(name, client.send(putCommand(Bucket, name, object, isNew), abort))
        } catch (error) {
          if (!TAKEN.has(nameOf(error))) throw error
        }
      },
      async putEmpty(name) {
        const empty = { Bucket, Key: name, Body: Buffer.alloc(0), ContentLength: 0 }
        await change(name, client.send(new PutObjectCommand(empty), abort))
      },
      async delete(name) {
        await change(name, client.send(new DeleteObjectCommand({ Bucket, Key: name }), abort))
      },
      async deleteMany(names) {
        if (names.length === 0) return
        const Delete = { Objects: names.map((Key) => ({ Key })), Quiet: true }
        const command = new DeleteObjectsCommand({ Bucket, Delete })
        const { Errors = [] } = await client.send(command, abort)
        const [first] = Errors
        if (first) throw await blamed(first.Key ?? '', notDeleted(first, Errors.length))
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
      const isOwn = error instanceof StoreError || error instanceof ProblemError
      throw isOwn ? error : new StoreError(operation, reasoned(error))
    } finally {
      // What waits for a timer holds all bytes of its operation.
      clearTimeout(timer)
    }
  }

  async function find(): Promise<void> {
    try {
      await inTime('find its bucket', async (abortSignal) => {
        const found = await hasBucket(abortSignal)
        if (!found && createBucket) await makeBucket(abortSignal)
        else if (!found) throw new ConfigurationError(missingBucket(options))
      })
    } catch (error) {
      const cause = error instanceof StoreError ? error.cause : undefined
      throw cause instanceof ConfigurationError ? cause : error
    }
  }

  async function hasBucket(abortSignal: AbortSignal): Promise<boolean> {
    try {
      await client.send(new HeadBucketCommand({ Bucket }), { abortSignal })
      return true
    } catch (error) {
      if (isNotFound(error)) return false
      throw error
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
      return damaged.count
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

/**
 * Answers when the server cannot read what is on its disk: MinIO's for damaged bytes and for a damaged
 * description. One that has lost its disks or is overloaded answers the same, for all objects.
 */
const UNREADABLE: ReadonlySet<string> = new Set(['SlowDownRead', 'InternalError'])

/** An object that nobody puts: to ask for it costs a server nothing but an answer. */
const NO_OBJECT = 'results/none'

const SAYS_NOTHING: ObjectHead = {
  contentType: undefined,
  contentLength: undefined,
  metadata: undefined,
}

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
  describe: (head: ObjectHead) => Description | undefined,
): Promise<{ bytes: Buffer; description: Description }> {
  const body = object.Body as Readable
  const description = describeOrEnd(object, body, describe)
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

/** What is not read must not keep a connection. */
function describeOrEnd<Description>(
  object: GetObjectCommandOutput,
  body: Readable,
  describe: (head: ObjectHead) => Description | undefined,
): Description | undefined {
  try {
    return describe(headOf(object))
  } catch (error) {
    body.destroy()
    throw error
  }
}

function headOf(
  object: Pick<GetObjectCommandOutput, 'ContentType' | 'ContentLength' | 'Metadata'>,
): ObjectHead {
  const { ContentType, ContentLength, Metadata } = object
  return { contentType: ContentType, contentLength: ContentLength, metadata: Metadata }
}

function putCommand(
  Bucket: string,
  Key: string,
  object: NewObject,
  isNew: boolean,
): PutObjectCommand {
  const { bytes, sha256, contentType, metadata } = object
  return new PutObjectCommand({
    Bucket,
    Key,
    Body: bytes,
    ContentType: contentType,
    ...(metadata && { Metadata: metadata }),
    ChecksumSHA256: Buffer.from(sha256, 'hex').toString('base64'),
    ...(isNew && { IfNoneMatch: '*' }),
  })
}

/** Whether a HEAD was answered with 404; having no body, it cannot say what is missing. */
function isNotFound(error: unknown): boolean {
  return nameOf(error) === 'NotFound'
}

/** The status that the server answered with, or 0. */
function statusOf(error: unknown): number {
  return error instanceof S3ServiceException ? (error.$metadata.httpStatusCode ?? 0) : 0
}

/** What a deletion of many says of those that it did not delete, named by the code of the first. */
function notDeleted({ Code = '', Message }: S3Error, count: number): Error {
  const error = new Error(`${count} objects were not deleted: ${Message}`)
  return Object.assign(error, { name: Code })
}

/** Whether a server said that these credentials are wrong, or may not do this: nothing that passes by waiting. */
export function isRefusal(error: unknown): boolean {
  if (error instanceof S3ServiceException) return [401, 403].includes(statusOf(error))
  return error instanceof Error && isRefusal(error.cause)
}

/** Of an answer without a body, as to a HEAD, the status is all that is known. */
function reasoned(error: unknown): unknown {
  if (nameOf(error) !== 'Unknown') return error
  const status = (error as Partial<S3ServiceException>).$metadata?.httpStatusCode
  const hint = status === 403 ? ': are the credentials right, and may they use the bucket?' : ''
  return new Error(`the server answered ${status} and no reason${hint}`, { cause: error })
}

/** The code of what the server answered, or the name of any other error. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : ''
}

function missingBucket({ endpoint, bucket }: BucketOptions): string {
  return `S3_BUCKET is ${JSON.stringify(bucket)}; ${endpoint} has no such bucket: create it, or set S3_CREATE_BUCKET=true.`
}
