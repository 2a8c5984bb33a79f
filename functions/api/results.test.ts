import { afterEach, describe, expect, it, vi } from 'vitest'
import { parseEnv } from '../runtime/parse-env.ts'
import { apiConfigSchema } from './config.ts'
import { createResults } from './results.ts'
import { resultOf } from './test-result.ts'
import { startFakeS3 } from './test-s3.ts'

const quiet = { info: () => {}, error: () => {} }
const resultsOf = (env: Record<string, string>) =>
  createResults(parseEnv(apiConfigSchema, env), quiet)

describe('createResults()', () => {
  afterEach(() => {
    vi.unstubAllEnvs()
    vi.useRealTimers()
    vi.restoreAllMocks()
  })

  it.each([
    [{ STORE: 's3' }, 'STORE=s3 needs S3_ENDPOINT and S3_BUCKET'],
    [{ STORE: 's3', S3_BUCKET: 'results' }, 'STORE=s3 needs S3_ENDPOINT and S3_BUCKET'],
    [{ STORE: 's3', S3_ENDPOINT: 'http://127.0.0.1:9' }, 'needs S3_ENDPOINT and S3_BUCKET'],
    [{ STORE: 'none', KEEP_SOURCES: 'true' }, 'KEEP_SOURCES is true, but STORE=none'],
  ] as [Record<string, string>, string][])('refuses %o', async (env, sentence) => {
    await expect(resultsOf(env)).rejects.toThrow(sentence)
  })

  it('fills no more of the memory with results than STORE_MEMORY_BYTES', async () => {
    const { store } = await resultsOf({ STORE_MEMORY_BYTES: '100000' })
    const keys = ['a', 'b', 'c', 'd']
    for (const key of keys) await store?.put(key, resultOf(Buffer.alloc(40_000)))
    const kept = await Promise.all(keys.map((key) => store?.has(key)))
    expect(kept.map(Boolean)).toEqual([false, false, true, true])
    await store?.put('small', resultOf('x'))
    await store?.put('large', resultOf(Buffer.alloc(200_000)))
    expect(await store?.get('small')).toEqual(resultOf('x'))
    expect(await store?.get('large')).toBeUndefined()
  })

  it('keeps in memory for as long as there is room, where there is no bucket', async () => {
    const { store } = await resultsOf({ STORE: 'memory' })
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout'], now: 1 })
    vi.spyOn(performance, 'now').mockImplementation(Date.now)
    await store?.put('a', resultOf('x'))
    vi.advanceTimersByTime(10 ** 9)
    expect(await store?.get('a')).toEqual(resultOf('x'))
  })

  it('has no store with STORE=none', async () => {
    expect((await resultsOf({ STORE: 'none' })).store).toBeUndefined()
  })

  it('answers from the memory before a bucket, and gives a bucket its own time', async () => {
    await using server = await startFakeS3((incoming, outgoing) => {
      // A bucket that takes everything and never answers what it has.
      if (incoming.method === 'PUT') outgoing.end()
    })
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, 'test')
    const { store } = await resultsOf({
      STORE: 's3',
      S3_ENDPOINT: server.endpoint,
      S3_BUCKET: 'results',
      S3_TIMEOUT_MS: '1000',
    })
    await store?.put('ab', resultOf('x'))
    expect(await store?.get('ab')).toEqual(resultOf('x'))
    await expect(store?.get('other')).rejects.toMatchObject({
      message: 'the store failed to get',
      cause: { message: 'no answer within 1000 ms' },
    })
  })
})
