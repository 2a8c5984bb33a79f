import type { Readable } from 'node:stream'
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type _Error as S3Error,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import type { NewObject, ObjectHead, StoredObject } from './stored-object.ts'

export type S3Options = {
  /** The server; the bucket is the first part of the path there, as MinIO has it. */
  endpoint: string
  bucket: string
  region: string
  /** Left out, those that the SDK finds in the environment. */
  credentials?: { accessKeyId: string; secretAccessKey: string }
}

/** An object that was not deleted: its name, and a code and a sentence that say why. */
export type NotDeleted = Pick<S3Error, 'Key' | 'Code' | 'Message'>

/** The requests that a bucket is made of. Each is sent once, and rejects with the error of the SDK. */
export type S3Requests = {
  getObject: (name: string) => Promise<StoredObject>
  headObject: (name: string) => Promise<ObjectHead>
  /** With `isNew` it is refused where there is an object of this name. */
  putObject: (name: string, object: NewObject, isNew: boolean) => Promise<void>
  putEmpty: (name: string) => Promise<void>
  deleteObject: (name: string) => Promise<void>
  /** Resolves with those that were not deleted. */
  deleteObjects: (names: string[]) => Promise<NotDeleted[]>
  /** The first names that begin with the prefix, after the one that is given. */
  listObjects: (prefix: string, limit: number, after: string | undefined) => Promise<string[]>
  headBucket: () => Promise<void>
  createBucket: () => Promise<void>
}

export type S3 = {
  /** Requests that end when the signal aborts. */
  requestsUntil: (abortSignal: AbortSignal) => S3Requests
  /** Closes the connections; what is in flight fails. */
  close: () => void
}

/** Speaks to one bucket of any S3 API, by the SDK, which no other file of the function imports. */
export function openS3(options: S3Options): S3 {
  const client = createClient(options)
  return {
    requestsUntil: (abortSignal) => createRequests(client, options.bucket, abortSignal),
    close: () => client.destroy(),
  }
}

function createClient({ endpoint, region, credentials }: S3Options): S3Client {
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

function createRequests(client: S3Client, Bucket: string, abortSignal: AbortSignal): S3Requests {
  const abort = { abortSignal }
  return {
    async getObject(Key) {
      const object = await client.send(new GetObjectCommand({ Bucket, Key }), abort)
      return { head: headOf(object), body: object.Body as Readable }
    },
    async headObject(Key) {
      return headOf(await client.send(new HeadObjectCommand({ Bucket, Key }), abort))
    },
    async putObject(name, object, isNew) {
      await client.send(putCommand(Bucket, name, object, isNew), abort)
    },
    async putEmpty(Key) {
      const empty = { Bucket, Key, Body: Buffer.alloc(0), ContentLength: 0 }
      await client.send(new PutObjectCommand(empty), abort)
    },
    async deleteObject(Key) {
      await client.send(new DeleteObjectCommand({ Bucket, Key }), abort)
    },
    async deleteObjects(names) {
      const Delete = { Objects: names.map((Key) => ({ Key })), Quiet: true }
      const command = new DeleteObjectsCommand({ Bucket, Delete })
      const { Errors = [] } = await client.send(command, abort)
      return Errors
    },
    async listObjects(Prefix, MaxKeys, after) {
      const page = { Bucket, Prefix, MaxKeys, ...(after && { StartAfter: after }) }
      const { Contents = [] } = await client.send(new ListObjectsV2Command(page), abort)
      return Contents.map(({ Key = '' }) => Key)
    },
    async headBucket() {
      await client.send(new HeadBucketCommand({ Bucket }), abort)
    },
    async createBucket() {
      await client.send(new CreateBucketCommand({ Bucket }), abort)
    },
  }
}

function headOf(
  object: Pick<HeadObjectCommandOutput, 'ContentType' | 'ContentLength' | 'Metadata'>,
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

/** The status that the server answered with, or 0. */
export function statusOf(error: unknown): number {
  return error instanceof S3ServiceException ? (error.$metadata.httpStatusCode ?? 0) : 0
}
