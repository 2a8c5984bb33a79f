import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { findMinio, HOW_TO_GET_MINIO } from '../minio-program.ts'
import { type Bucket, openBucket } from './bucket.ts'
import { createGuardedSourceStore } from './guarded-store.ts'
import type { SourceStore } from './source-store.ts'
import { createS3SourceStore } from './source-store-s3.ts'
import { ObjectError } from './store-error.ts'
import { objectNames, readObject } from './test-bucket.ts'
import { damageObject, flipped, type Minio, startMinio } from './test-minio.ts'
import { sha256Of } from './test-result.ts'
import { answerError, startFakeS3 } from './test-s3.ts'
import { causeOf } from './test-s3-store.ts'
import { describeSourceStore, newSource } from './test-source-store.ts'

const isMissing = !findMinio()
if (isMissing) console.warn(`Sources in MinIO are left out; to run it: ${HOW_TO_GET_MINIO}`)

const BUCKET = 'sources-of-a-test'
const log = { info: vi.fn(), error: vi.fn() }

function openOn(endpoint: string): Bucket {
  const credentials = { accessKeyId: 'test-user', secretAccessKey: 'test-secret' }
  const server = { endpoint, credentials, region: 'us-east-1', timeoutMs: 10_000 }
  return openBucket({ ...server, bucket: BUCKET, createBucket: true, log })
}

describe.skipIf(isMissing && !inject('ci'))('a bucket of MinIO', () => {
  let minio: Minio
  let bucket: Bucket
  let store: SourceStore

  beforeAll(async () => {
    minio = await startMinio()
    bucket = openOn(minio.endpoint)
    store = createS3SourceStore(bucket)
  }, 30_000)

  afterAll(async () => {
    bucket?.close()
    await minio?.[Symbol.asyncDispose]()
  })

  // Nothing has made the bucket: the first put does.
  describeSourceStore('s3', () => store)

  it('names a source by its SHA-256, with its type, for whoever lists the bucket', async () => {
    const { sha256, source } = newSource()
    await store.put(sha256, { ...source, format: 'jpeg' })
    const name = `sources/${sha256.slice(0, 2)}/${sha256}`
    expect(await objectNames(minio, BUCKET, `sources/${sha256.slice(0, 2)}/`)).toContain(name)
    expect(await readObject(minio, BUCKET, name)).toEqual({
      type: 'image/jpeg',
      bytes: source.bytes,
    })
    await store.delete(sha256)
    expect(await objectNames(minio, BUCKET, name)).toEqual([])
  })

  it('misses a source that was changed on disk, and takes it anew', async () => {
    const { sha256, source } = newSource(2_500_000)
    await store.put(sha256, source)
    const before = bucket.damaged
    const name = `${BUCKET}/sources/${sha256.slice(0, 2)}/${sha256}`
    await damageObject(minio, name, 'part.1', flipped(1_500_000))

    expect(await store.get(sha256)).toBeUndefined()
    expect(bucket.damaged).toBe(before + 1)
    expect(await store.has(sha256)).toBeUndefined()
    await store.put(sha256, source)
    expect((await store.get(sha256))?.bytes.equals(source.bytes)).toBe(true)
  })

  it('is in use for all others while the description of one is damaged', async () => {
    const [damaged, whole] = [newSource(), newSource()]
    const guarded = createGuardedSourceStore(store, log)
    log.error.mockClear()
    for (const { sha256, source } of [damaged, whole]) await guarded.put(sha256, source)
    const { sha256, source } = damaged
    const name = `${BUCKET}/sources/${sha256.slice(0, 2)}/${sha256}`
    await damageObject(minio, name, 'xl.meta', flipped(100))

    for (let i = 0; i < 10; i++) {
      expect(await guarded.get(sha256)).toBeUndefined()
      expect(await guarded.has(sha256)).toBeUndefined()
      await expect(guarded.put(sha256, source)).rejects.toThrow(ObjectError)
      await expect(guarded.delete(sha256)).rejects.toThrow(ObjectError)
    }
    expect(await guarded.get(whole.sha256)).toEqual(whole.source)
    const other = newSource()
    await guarded.put(other.sha256, other.source)
    expect(log.error).toHaveBeenCalledTimes(1)
  })
})

describe('createS3SourceStore()', () => {
  it('does not send the bytes of a source that is there', async () => {
    await using server = await startFakeS3((_incoming, outgoing) =>
      outgoing.setHeader('Content-Type', 'image/png').end(),
    )
    const { sha256, source } = newSource()
    await createS3SourceStore(openOn(server.endpoint)).put(sha256, source)
    expect(server.asked).toEqual([`HEAD /${BUCKET}/sources/${sha256.slice(0, 2)}/${sha256}`])
  })

  it('puts a source that is not there unless somebody is faster, with its checksum', async () => {
    await using server = await startFakeS3(({ method }, outgoing) => {
      if (method === 'HEAD') outgoing.writeHead(404).end()
      else answerError(outgoing, 412, 'PreconditionFailed')
    })
    const { sha256, source } = newSource()
    await createS3SourceStore(openOn(server.endpoint)).put(sha256, source)
    expect(server.requests[1]?.headers).toMatchObject({
      'if-none-match': '*',
      'content-type': 'image/png',
      'content-length': '1000',
      'x-amz-checksum-sha256': Buffer.from(sha256, 'hex').toString('base64'),
    })
  })

  it.each([
    ['other bytes', 'image/png', 'other bytes'],
    ['another type', 'text/html', 'the bytes'],
  ])('misses an object of %s, and replaces it', async (_, type, text) => {
    await using server = await startFakeS3(({ method }, outgoing) => {
      if (method === 'GET') outgoing.writeHead(200, { 'Content-Type': type }).end(text)
      else outgoing.setHeader('Content-Type', type).end()
    })
    const bucket = openOn(server.endpoint)
    const store = createS3SourceStore(bucket)
    const sha256 = sha256Of('the bytes')
    expect(await store.get(sha256)).toBeUndefined()
    expect(await store.has(sha256)).toBeUndefined()
    expect(bucket.damaged).toBe(1)
    await store.put(sha256, { bytes: Buffer.from('the bytes'), format: 'png' })
    const name = `/${BUCKET}/sources/${sha256.slice(0, 2)}/${sha256}`
    expect(server.asked.filter((asked) => asked.endsWith(name))).toEqual([
      `GET ${name}`,
      `HEAD ${name}`,
      `HEAD ${name}`,
      `PUT ${name}`,
    ])
    expect(server.requests.at(-1)?.headers).not.toHaveProperty('if-none-match')
  })

  it.each<[string, (store: SourceStore) => Promise<unknown>]>([
    ['get', (store) => store.get(sha256Of(''))],
    ['has', (store) => store.has(sha256Of(''))],
    ['put', (store) => store.put(sha256Of(''), { bytes: Buffer.from(''), format: 'png' })],
    ['delete', (store) => store.delete(sha256Of(''))],
  ])('fails %s with StoreError when the server does', async (_, operation) => {
    await using server = await startFakeS3((_incoming, outgoing) => outgoing.writeHead(503).end())
    const cause = await causeOf(operation(createS3SourceStore(openOn(server.endpoint))))
    expect(cause).toMatchObject({ message: 'the server answered 503 and no reason' })
    expect(server.asked).toHaveLength(1)
  })
})
