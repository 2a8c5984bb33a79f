import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { findMinio, HOW_TO_GET_MINIO } from '../minio-program.ts'
import { createGuardedStore } from './guarded-store.ts'
import { resultName } from './result-object.ts'
import { ObjectError } from './store-error.ts'
import { objectNames } from './test-bucket.ts'
import { damageObject, flipped, type Minio, startMinio } from './test-minio.ts'
import { newResult } from './test-result.ts'
import { log, openStore } from './test-s3-store.ts'

const isMissing = !findMinio()
if (isMissing) console.warn(`Damage on disk is left out; to run it: ${HOW_TO_GET_MINIO}`)

/** Small enough to be in one file with its description. */
const SMALL = Buffer.from('small')

/** Large enough for several blocks, in a file of its own. */
const LARGE = Buffer.alloc(2_500_000, 'a result of some size')

const LAST_BYTE_LOST = (file: Buffer) => file.subarray(0, -1)

describe.skipIf(isMissing && !inject('ci'))('a bucket of MinIO', () => {
  let minio: Minio

  beforeAll(async () => {
    minio = await startMinio()
  }, 30_000)

  afterAll(() => minio?.[Symbol.asyncDispose]())

  const damageFile = (key: string, file: string, damage: (file: Buffer) => Buffer) =>
    damageObject(minio, `results/${resultName(key)}`, file, damage)

  it.each([
    ['a large result changed at its end', LARGE, 'part.1', flipped(-5)],
    ['a large result changed in its middle', LARGE, 'part.1', flipped(1_500_000)],
    ['a large result changed at its beginning', LARGE, 'part.1', flipped(100)],
    ['a large result without its last byte', LARGE, 'part.1', LAST_BYTE_LOST],
    ['a large result of which nothing is left', LARGE, 'part.1', () => Buffer.alloc(0)],
    ['a small result changed at its end', SMALL, 'xl.meta', flipped(-5)],
    ['a small result without its last byte', SMALL, 'xl.meta', LAST_BYTE_LOST],
  ])('misses %s, and takes it anew', async (_, bytes, file, damage) => {
    const { key, result } = newResult(bytes)
    const store = openStore(minio.endpoint, { createBucket: true })
    await store.put(key, result)
    await damageFile(key, file, damage)

    expect(await store.get(key)).toBeUndefined()
    expect(store.damaged).toBe(1)
    expect(log.error.mock.calls).toEqual([
      [
        { object: resultName(key), err: expect.any(Error) },
        'an object of the store is damaged, and is to be made anew',
      ],
    ])
    await store.put(key, result)
    expect((await store.get(key))?.bytes.equals(bytes)).toBe(true)
    expect(store.damaged).toBe(1)
  })

  it('leaves a damaged result where it is until another is put', async () => {
    const { key, result } = newResult(SMALL)
    const store = openStore(minio.endpoint, { createBucket: true })
    await store.put(key, result)
    await damageFile(key, 'xl.meta', flipped(-5))
    expect(await store.get(key)).toBeUndefined()
    expect(await store.has(key)).toBeUndefined()
    expect(await objectNames(minio, 'results', resultName(key))).toEqual([resultName(key)])
    expect(await store.delete(key)).toBe(true)
    expect(await objectNames(minio, 'results', resultName(key))).toEqual([])
  })

  it('is in use for all others while one description is damaged, however often it is asked for', async () => {
    const [damaged, whole] = [newResult(SMALL), newResult(SMALL)]
    const store = openStore(minio.endpoint, { createBucket: true })
    const guarded = createGuardedStore(store, log)
    for (const { key, result } of [damaged, whole]) await guarded.put(key, result)
    await damageFile(damaged.key, 'xl.meta', flipped(100))

    for (let i = 0; i < 10; i++) {
      expect(await guarded.get(damaged.key)).toBeUndefined()
      expect(await guarded.has(damaged.key)).toBeUndefined()
      // MinIO can neither replace nor delete what it cannot read.
      for (const change of [
        () => guarded.put(damaged.key, damaged.result),
        () => guarded.delete(damaged.key),
        () => guarded.deleteOfSource(damaged.result.sourceSha256),
      ]) {
        await expect(change()).rejects.toThrow(ObjectError)
      }
    }
    expect(await guarded.get(whole.key)).toEqual(whole.result)
    const { key, result } = newResult(SMALL)
    await guarded.put(key, result)
    expect(store.damaged).toBe(1)
    expect(log.error).toHaveBeenCalledTimes(1)
  })
})
