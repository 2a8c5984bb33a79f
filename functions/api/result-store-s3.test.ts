import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { PIPELINE_VERSION } from '../contract/result-key.ts'
import { findMinio, HOW_TO_GET_MINIO } from '../minio-program.ts'
import { createLogger } from '../runtime/logger.ts'
import { type Minio, startMinio } from './test-minio.ts'
import { keyOf, newResult, resultOf, sha256Of } from './test-result.ts'
import { describeResultStore } from './test-result-store.ts'
import { startFakeS3 } from './test-s3.ts'
import { openS3Store, type S3ResultStore } from './test-s3-store.ts'

const log = createLogger('test', 'silent')
const credentials = { accessKeyId: 'test-user', secretAccessKey: 'test-secret' }

const isMissing = !findMinio()
if (isMissing)
  console.warn(`The tests against MinIO are left out; to run them: ${HOW_TO_GET_MINIO}`)

const MISSING = resultOf('missing')

describe.skipIf(isMissing && !inject('ci'))('a bucket of MinIO', () => {
  let minio: Minio
  let store: S3ResultStore

  beforeAll(async () => {
    minio = await startMinio()
    store = openS3Store({ ...serverOf(minio), bucket: 'results', createBucket: true })
    await store.prepare()
  }, 30_000)

  afterAll(async () => {
    store?.close()
    await minio?.[Symbol.asyncDispose]()
  })

  describeResultStore('s3', () => store)

  it('keeps 30 MB', async () => {
    const bytes = Buffer.alloc(30_000_000, 'of any kind')
    const { key, result } = newResult(bytes)
    await store.put(key, result)
    const found = await store.get(key)
    expect(found?.bytes.equals(bytes)).toBe(true)
  })

  it('keeps one of two results that two stores put under one key, and gives both that', async () => {
    const one = store
    const other = openS3Store({ ...serverOf(minio), bucket: 'results' })
    for (let round = 0; round < 10; round++) {
      const { key, result } = newResult(`round ${round}`)
      const [a, b] = ['a', 'b'].map((byte) => ({ ...result, bytes: Buffer.alloc(400_000, byte) }))
      await Promise.all([one.put(key, a ?? MISSING), other.put(key, b ?? MISSING)])
      const [ofOne, ofOther] = await Promise.all([one.get(key), other.get(key)])
      expect(
        [a, b].filter((result) => result?.bytes.equals(ofOne?.bytes ?? MISSING.bytes)),
      ).toHaveLength(1)
      expect(ofOther?.bytes.equals(ofOne?.bytes ?? MISSING.bytes)).toBe(true)
    }
    other.close()
  })

  it('names the objects by the key and by the source', async () => {
    const { key, result } = newResult('x')
    const { sourceSha256: source } = result
    await store.put(key, result)
    const bucket = join(minio.folder, 'results')
    const names = [
      `results/${key.slice(0, 2)}/${key}`,
      `results-of/${source.slice(0, 2)}/${source}/${key}`,
    ]
    expect(names.map((name) => existsSync(join(bucket, name)))).toEqual([true, true])
    await store.delete(key)
    expect(names.map((name) => existsSync(join(bucket, name)))).toEqual([false, false])
  })

  it('leaves nothing behind of a source whose results are deleted, however many they are', async () => {
    const source = sha256Of('popular')
    const all = Array.from({ length: 130 }, () => newResult('x', 'popular'))
    await Promise.all(all.map(({ key, result }) => store.put(key, result)))
    expect(await store.deleteOfSource(source)).toBe(130)
    expect((await Promise.all(all.map(({ key }) => store.has(key)))).filter(Boolean)).toEqual([])
    const entries = join(minio.folder, 'results', 'results-of', source.slice(0, 2), source)
    expect(existsSync(entries)).toBe(false)
  })

  describe('prepare()', () => {
    it('creates the bucket when it may, and is content with one that is there', async () => {
      const other = openS3Store({ ...serverOf(minio), bucket: 'new', createBucket: true })
      await other.prepare()
      expect(readdirSync(minio.folder)).toContain('new')
      await other.prepare()
      const result = resultOf('x')
      await other.put(keyOf(result), result)
      expect(await other.get(keyOf(result))).toEqual(result)
      other.close()
    })

    it('says what to do about a missing bucket', async () => {
      const other = openS3Store({ ...serverOf(minio), bucket: 'missing' })
      await expect(other.prepare()).rejects.toThrow(
        `S3_BUCKET is "missing"; ${minio.endpoint} has no such bucket: create it, or set S3_CREATE_BUCKET=true.`,
      )
      other.close()
    })
  })
})

describe('createS3ResultStore()', () => {
  const options = { bucket: 'bucket', region: 'us-east-1', timeoutMs: 10_000, log, credentials }

  it('puts the entry of the source before and after the result, which is put unless there is one', async () => {
    await using server = await startFakeS3((_incoming, outgoing) => outgoing.end())
    const store = openS3Store({ ...options, endpoint: server.endpoint })
    const result = resultOf('the bytes')
    await store.put('abcd', result)
    const { sourceSha256, headers } = result
    expect(server.asked).toEqual([
      `PUT /bucket/results-of/${sourceSha256.slice(0, 2)}/${sourceSha256}/abcd`,
      'PUT /bucket/results/ab/abcd',
      `PUT /bucket/results-of/${sourceSha256.slice(0, 2)}/${sourceSha256}/abcd`,
    ])
    expect(server.requests[1]?.headers).toMatchObject({
      'if-none-match': '*',
      'content-type': headers['Content-Type'],
      'content-length': '9',
      'x-amz-checksum-sha256': Buffer.from(sha256Of('the bytes'), 'hex').toString('base64'),
      'x-amz-meta-options': result.options,
      'x-amz-meta-source-sha256': sourceSha256,
      'x-amz-meta-pipeline-version': PIPELINE_VERSION,
      'x-amz-meta-image-source': headers['Image-Source'],
      'x-amz-meta-image-result': headers['Image-Result'],
      'x-amz-meta-image-geometry': headers['Image-Geometry'],
      'x-amz-meta-length': '9',
      'x-amz-meta-sha256': sha256Of('the bytes'),
    })
  })

  it('asks again and again on one connection, also with large results', async () => {
    await using server = await startFakeS3((_incoming, outgoing) => outgoing.end())
    const store = openS3Store({ ...options, endpoint: server.endpoint })
    for (const length of [1, 3_000_000, 3_000_000]) {
      await store.put('abcd', resultOf(Buffer.alloc(length)))
    }
    expect(new Set(server.requests.map(({ socket }) => socket.remotePort)).size).toBe(1)
  })
})

function serverOf({ endpoint, credentials }: Minio) {
  return { endpoint: endpoint, credentials, region: 'us-east-1', timeoutMs: 10_000, log }
}
