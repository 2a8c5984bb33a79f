import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { findMinio, HOW_TO_GET_MINIO } from '../minio-program.ts'
import { resultName } from './result-object.ts'
import { type Minio, startMinio } from './test-minio.ts'
import { newResult } from './test-result.ts'
import { causeOf, log, openStore } from './test-s3-store.ts'

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

  /** Changes one file of an object where MinIO keeps it. */
  async function damageFile(key: string, name: string, damage: (file: Buffer) => Buffer) {
    const folder = join(minio.folder, 'results', 'results', key.slice(0, 2), key)
    const files = await readdir(folder, { recursive: true })
    const path = join(folder, files.find((file) => file.endsWith(name)) ?? '')
    await writeFile(path, damage(await readFile(path)))
  }

  it.each([
    ['a large result changed at its end', LARGE, 'part.1', flipped(-5)],
    ['a large result changed in its middle', LARGE, 'part.1', flipped(1_500_000)],
    ['a large result changed at its beginning', LARGE, 'part.1', flipped(100)],
    ['a large result without its last byte', LARGE, 'part.1', LAST_BYTE_LOST],
    ['a large result of which nothing is left', LARGE, 'part.1', () => Buffer.alloc(0)],
    ['a small result changed at its end', SMALL, 'xl.meta', flipped(-5)],
    ['a small result without its last byte', SMALL, 'xl.meta', LAST_BYTE_LOST],
  ])('drops %s, and takes it anew', async (_, bytes, file, damage) => {
    const { key, result } = newResult(bytes)
    const store = openStore(minio.endpoint, { createBucket: true })
    await store.put(key, result)
    await damageFile(key, file, damage)

    expect(await store.get(key)).toBeUndefined()
    expect(store.damaged).toBe(1)
    expect(log.error.mock.calls).toEqual([
      [
        { object: resultName(key), err: expect.any(Error) },
        'dropped a damaged object of the store',
      ],
    ])
    await store.put(key, result)
    expect((await store.get(key))?.bytes.equals(bytes)).toBe(true)
    expect(store.damaged).toBe(1)
  })

  it('fails to give a result whose description is damaged', async () => {
    const { key, result } = newResult(SMALL)
    const store = openStore(minio.endpoint, { createBucket: true })
    await store.put(key, result)
    await damageFile(key, 'xl.meta', flipped(100))
    // MinIO can neither read nor delete it then.
    expect(await causeOf(store.get(key))).toMatchObject({ name: 'InternalError' })
  })
})

function flipped(at: number): (file: Buffer) => Buffer {
  return (file) => {
    const changed = Buffer.from(file)
    const index = at < 0 ? file.length + at : at
    changed[index] = (changed[index] ?? 0) ^ 0xff
    return changed
  }
}
