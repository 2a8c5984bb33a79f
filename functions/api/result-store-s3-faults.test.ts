import { describe, expect, inject, it, vi } from 'vitest'
import { findMinio, HOW_TO_GET_MINIO } from '../minio-program.ts'
import { createGuardedStore } from './guarded-store.ts'
import type { ResultStore, StoredResult } from './result-store.ts'
import { StoreError } from './store-error.ts'
import { type Minio, startMinio } from './test-minio.ts'
import { startProxy } from './test-proxy.ts'
import { resultOf } from './test-result.ts'
import { causeOf, KEY, log, OPERATIONS, openStore, RESULT } from './test-s3-store.ts'

const isMissing = !findMinio()
if (isMissing) console.warn(`The faults of MinIO are left out; to run them: ${HOW_TO_GET_MINIO}`)

describe.skipIf(isMissing && !inject('ci'))('a bucket of MinIO', { timeout: 30_000 }, () => {
  async function startWithBucket(): Promise<Minio> {
    const minio = await startMinio()
    await openStore(minio.endpoint, { createBucket: true }).prepare()
    return minio
  }

  it('is used once the server is there, though it was not at start-up', async () => {
    await using minio = await startMinio()
    await minio.kill()
    const store = openStore(minio.endpoint, { createBucket: true })
    await store.prepare()
    expect(log.error).toHaveBeenCalledTimes(1)
    for (const [, operation] of OPERATIONS) {
      expect(await causeOf(operation(store))).toMatchObject({ code: 'ECONNREFUSED' })
    }

    await minio.start()
    expect(await store.get(KEY)).toBeUndefined()
    await store.put(KEY, RESULT)
    await expectStored(store, RESULT)
  })

  it('has nothing of a result during whose put the server was killed, and takes it when it is back', async () => {
    await using minio = await startWithBucket()
    let killed: Promise<void> | undefined
    await using proxy = await startProxy(minio.endpoint, (bytes) => {
      if (bytes > 10_000_000) killed ??= minio.kill()
    })
    const store = openStore(proxy.endpoint)
    const large = resultOf(Buffer.alloc(30_000_000, 'much'))
    await causeOf(store.put(KEY, large))
    await killed
    await causeOf(store.get(KEY))

    await minio.start()
    expect(await store.get(KEY)).toBeUndefined()
    await store.put(KEY, large)
    await expectStored(store, large)
  })

  it('keeps what was stored before the server was killed', async () => {
    await using minio = await startWithBucket()
    const store = openStore(minio.endpoint)
    await store.put(KEY, RESULT)
    await minio.kill()
    await causeOf(store.get(KEY))
    await minio.start()
    await expectStored(store, RESULT)
  })

  it('behind a guard is left alone while the server is gone, and used again after', async () => {
    await using minio = await startWithBucket()
    const store = openStore(minio.endpoint)
    const guarded = createGuardedStore(store, log)
    await guarded.put(KEY, RESULT)
    await minio.kill()
    vi.useFakeTimers({ toFake: ['Date'] })
    try {
      for (let i = 0; i < 20; i++) await causeOf(guarded.get(KEY))
      expect(log.error.mock.calls).toEqual([[{ err: expect.any(StoreError) }, expect.any(String)]])
      await minio.start()
      await causeOf(guarded.get(KEY))
      vi.advanceTimersByTime(5_000)
      await expectStored(guarded, RESULT)
      expect(log.info).toHaveBeenCalledTimes(1)
    } finally {
      vi.useRealTimers()
    }
  })

  it('refuses wrong credentials: a failure, neither a miss nor the end of the start-up', async () => {
    await using minio = await startWithBucket()
    for (const [user, secret, code] of [
      ['test-user', 'wrong', 'SignatureDoesNotMatch'],
      ['nobody', 'test-secret', 'InvalidAccessKeyId'],
    ] as const) {
      const credentials = { accessKeyId: user, secretAccessKey: secret }
      const store = openStore(minio.endpoint, { credentials })
      await store.prepare()
      expect(log.error).toHaveBeenCalledTimes(1)
      const cause = expect.objectContaining({
        message: expect.stringContaining('answered 403 and no reason: are the credentials right'),
      })
      expect(log.error.mock.lastCall?.[0]).toMatchObject({ err: { cause } })
      expect(await causeOf(store.get(KEY))).toMatchObject({ name: code })
      expect(await causeOf(store.put(KEY, RESULT))).toMatchObject({ name: code })
    }
  })

  it('has nothing of a result for which its disk has no room, and takes the next', async () => {
    await using minio = await startMinio({ maxFileBytes: 1_024_000 })
    const store = openStore(minio.endpoint, { createBucket: true })
    await store.prepare()
    await causeOf(store.put(KEY, RESULT))
    expect(await store.get(KEY)).toBeUndefined()
    const smaller = resultOf(Buffer.alloc(500_000, 'less'))
    await store.put(KEY, smaller)
    await expectStored(store, smaller)
  })

  it('is used once somebody has made it, though it was missing', async () => {
    await using minio = await startMinio()
    const store = openStore(minio.endpoint)
    expect(await causeOf(store.get(KEY))).toMatchObject({ name: 'NoSuchBucket' })
    expect(await causeOf(store.put(KEY, RESULT))).toMatchObject({ name: 'NoSuchBucket' })
    await openStore(minio.endpoint, { createBucket: true }).put(KEY, RESULT)
    await expectStored(store, RESULT)
  })
})

async function expectStored(store: ResultStore, result: StoredResult): Promise<void> {
  const found = await store.get(KEY)
  expect(found?.bytes.equals(result.bytes)).toBe(true)
  expect(found?.headers).toEqual(result.headers)
}
